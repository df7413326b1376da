import type { EvaluationItem, NewSearch, StageRow, VerdictRow } from "../../adapters/store/index.js";
import { evaluateImage } from "../../geneval/evaluate.js";
import type { Candidate } from "../../records/candidate.js";
import type { Task } from "../../records/progress.js";
import type { PromptMetadata } from "../../records/prompt.js";
import type { Verdict } from "../../records/verdict.js";
import { isPooled, verifierSlug } from "../../search/verifiers.js";
import { writeCandidateShard } from "../candidate-shard.js";
import type { StagePlace } from "../run-stage.js";
import type { EvaluationParams } from "./evaluate-checkpoint.js";
import { type EvaluationImage, imageSetHash } from "./images.js";
import { choosePooled } from "./pooled.js";
import { chooseSearched } from "./searched.js";

export interface EvaluationShard {
  readonly images: readonly EvaluationImage[];
  readonly index: number;
  readonly stage: StageRow;
  readonly task: Task;
}

/** The images of a shard, and what is to be stored with them. */
export interface ChosenImages {
  /** One an image of the shard, in order. */
  readonly chosen: readonly { readonly candidate: Candidate; readonly verdict: Verdict | undefined }[];
  /** Candidates that the workspace does not have yet. */
  readonly fresh: readonly Candidate[];
  readonly verdicts: readonly VerdictRow[];
  readonly searches: readonly NewSearch[];
}

/** Obtains or searches, judges, selects, detects and commits the images of one shard. */
export async function evaluateShard(
  place: StagePlace,
  params: EvaluationParams,
  shard: EvaluationShard,
): Promise<void> {
  const { store } = place;
  const choose = isPooled(params.verifier) ? choosePooled : chooseSearched;
  const { chosen, fresh, verdicts, searches } = await choose(place, params, shard);
  const items = await detectAndCheck(shard.images, params, chosen);
  const prompts = shard.images.map(({ prompt }) => prompt);
  const written = await writeCandidateShard(store.workspace.root, shard, fresh, prompts);
  store.shards.commit(shard.stage.id, shard.index, written, (writer) => {
    writer.candidates(fresh);
    writer.verdicts(verdicts);
    writer.evaluation(evaluationRow(params));
    writer.evaluationItems(items);
    writer.searches(searches);
  });
}

async function detectAndCheck(
  images: readonly EvaluationImage[],
  { image, detector, verifier }: EvaluationParams,
  chosen: ChosenImages["chosen"],
): Promise<EvaluationItem[]> {
  const pixels = await Promise.all(chosen.map(({ candidate }) => image(candidate.tokens).pixels()));
  const found = await detector.detect(pixels);
  return images.map(({ prompt, sample }, index) => {
    const detections = found[index] ?? [];
    const { candidate, verdict } = chosen[index] as ChosenImages["chosen"][number];
    const { correct, reason } = evaluateImage(detections, prompt.metadata as PromptMetadata);
    // A judge that chose the image cannot give a second opinion on it.
    const heldOutScore = verifier.kind === "none" && verdict?.kind === "scored" ? verdict.score : null;
    return {
      promptId: prompt.id,
      sample,
      candidateId: candidate.id,
      correct,
      reason,
      heldOutScore,
      detections,
    };
  });
}

function evaluationRow(params: EvaluationParams) {
  const { label, verifier, source, judge, detector, images } = params;
  return {
    checkpoint: source.checkpoint,
    label,
    selection: verifierSlug(verifier),
    detector: detector.identity,
    judge: judge?.identity ?? null,
    promptSetHash: imageSetHash(images),
    settings: { ...source.settings },
  };
}
