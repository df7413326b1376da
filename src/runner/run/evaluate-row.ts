import type { StageRow } from "../../adapters/store/index.js";
import { evaluateCheckpoint } from "../../stages/evaluation/evaluate-checkpoint.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { judgeOf } from "../models/verifier-judge.js";
import type { Journey } from "./run-context.js";
import { checkpointLabel, type EvaluationRowPlan } from "./table-rows.js";
import { trainedImages, trainedPrompts } from "./trained-prompts.js";

/** One row of the final table, measured. */
export interface EvaluatedRow extends EvaluationRowPlan {
  readonly checkpoint: KnownCheckpoint;
  readonly evaluation: StageRow;
}

/** Measures a checkpoint, or the one that the row names, for a row of the final table. */
export async function evaluateRow(
  journey: Journey,
  row: EvaluationRowPlan,
  checkpoint: KnownCheckpoint,
): Promise<EvaluatedRow> {
  const { room, prompts } = journey;
  const measured = row.fixed === undefined ? checkpoint : await room.find(row.fixed, "generator");
  const evaluation = await evaluateCheckpoint(journey.place(row.round), {
    name: row.stage,
    label: row.label,
    images: prompts.evaluation,
    verifier: row.verifier,
    judge: await judgeOf(room, row.verifier),
    purpose: "evaluation",
    ...trainedOn(journey, measured),
    ...sharedParams(journey, measured),
  });
  return { ...row, checkpoint: measured, evaluation };
}

/** Score on the validation prompts, 0..1: it decides promotion and is in no table. Null without a gate. */
export async function validate(
  journey: Journey,
  round: number,
  checkpoint: KnownCheckpoint,
): Promise<{ stage: StageRow; score: number } | null> {
  const { prompts } = journey;
  if (prompts.validation.length === 0) return null;
  const stage = await evaluateCheckpoint(journey.place(round), {
    name: "validation",
    label: `${checkpointLabel(round)}, validation`,
    images: prompts.validation,
    verifier: { kind: "none" },
    judge: null,
    purpose: "validation",
    ...sharedParams(journey, checkpoint),
  });
  return { stage, score: stage.summary?.["overall"] as number };
}

/** Nothing for a base, which no pairs of this workspace trained. */
export function trainedOn({ store }: Pick<Journey, "store">, { identity }: KnownCheckpoint) {
  const isTrained = !trainedPrompts(store, identity).next().done;
  return isTrained ? { trainedOn: () => trainedImages(store, identity) } : {};
}

function sharedParams({ config, room }: Journey, checkpoint: KnownCheckpoint) {
  const { detector, files, image } = room;
  const { seed, shardImages } = config;
  return { detector, files, image, source: room.source(checkpoint), seed, shardImages };
}
