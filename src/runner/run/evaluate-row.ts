import type { StageRow } from "../../adapters/store/index.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { settledVerifier } from "../models/settled-verifier.js";
import { verifierJudge } from "../models/verifier-judge.js";
import { evaluateStage } from "./round-stages.js";
import { type RunContext, roundContext } from "./run-context.js";
import { checkpointLabel, type EvaluationRowPlan } from "./table-rows.js";

/** One row of the final table, measured. */
export interface EvaluatedRow extends EvaluationRowPlan {
  readonly checkpoint: KnownCheckpoint;
  readonly evaluation: StageRow;
}

/** Measures a checkpoint, or the one that the row names, for a row of the final table. */
export async function evaluateRow(
  run: RunContext,
  row: EvaluationRowPlan,
  checkpoint: KnownCheckpoint,
): Promise<EvaluatedRow> {
  const { models, prompts } = run;
  const measured = row.fixed === undefined ? checkpoint : await models.find(row.fixed, "generator");
  const context = roundContext(run, row.round);
  const judge = await verifierJudge(models, row.verifier);
  const evaluation = await evaluateStage(context, {
    name: row.stage,
    label: row.label,
    images: prompts.evaluation,
    verifier: settledVerifier(row.verifier, judge, context.place),
    judge,
    purpose: "evaluation",
    checkpoint: measured,
  });
  return { ...row, checkpoint: measured, evaluation };
}

/** Score on the validation prompts, 0..1: it decides promotion and is in no table. Null without a gate. */
export async function validate(
  run: RunContext,
  round: number,
  checkpoint: KnownCheckpoint,
): Promise<{ stage: StageRow; score: number } | null> {
  const { prompts } = run;
  if (prompts.validation.length === 0) return null;
  const stage = await evaluateStage(roundContext(run, round), {
    name: "validation",
    label: `${checkpointLabel(round)}, validation`,
    images: prompts.validation,
    verifier: { kind: "none" },
    judge: null,
    purpose: "validation",
    checkpoint,
  });
  return { stage, score: Number(stage.summary?.["overall"]) };
}
