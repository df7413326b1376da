import type { EvaluationItem, Store } from "../../adapters/store/index.js";
import { evaluateImage } from "../../geneval/evaluate.js";
import type { PromptMetadata } from "../../records/prompt.js";
import { isPooled } from "../../search/verifiers.js";
import type { OnDone, ShardProduct, ShardTools } from "../running/distributable-shards.js";
import { candidateImage } from "../sampling/candidate-image.js";
import { knownVerdicts } from "../sampling/known-verdicts.js";
import { locateKnown, type Sampled } from "../sampling/wanted-candidates.js";
import type { ChosenImages, EvaluationOrder, EvaluationParams } from "./evaluation-order.js";
import type { EvaluationImage } from "./images.js";
import { choosePooled, wantedFor } from "./pooled.js";
import { chooseSearched } from "./searched.js";

/** What the ledger keeps of a shard beside its candidates. */
export interface EvaluationData extends Pick<ChosenImages, "verdicts" | "searches"> {
  readonly items: readonly EvaluationItem[];
}

/** The order for some images, with what the ledger knows of them. */
export function evaluationOrder(
  store: Store,
  images: readonly EvaluationImage[],
  params: EvaluationParams,
): EvaluationOrder {
  const { verifier, seed, purpose, judge } = params;
  const known = knownCandidates(store, images, params);
  const order = { kind: "evaluation", images, verifier, seed, purpose } as const;
  return { ...order, known, verdicts: knownVerdicts(store, judge, known) };
}

/** Candidates of some images that the workspace has; none where the verifier does not choose among whole images. */
export function knownCandidates(
  store: Store,
  images: readonly EvaluationImage[],
  { verifier, seed, purpose, source }: EvaluationParams,
): Sampled[] {
  if (!isPooled(verifier)) return [];
  return locateKnown(store, source, wantedFor({ images, verifier, seed, purpose }));
}

/** Obtains or searches, judges, selects and detects the images of one shard. */
export async function computeEvaluation(
  order: EvaluationOrder,
  tools: ShardTools,
  onDone: OnDone,
): Promise<ShardProduct<EvaluationData>> {
  const choose = isPooled(order.verifier) ? choosePooled : chooseSearched;
  const { chosen, fresh, verdicts, searches } = await choose(order, tools, onDone);
  const items = await detectAndCheck(order, tools, chosen);
  const prompts = order.images.map(({ prompt }) => prompt);
  return { candidates: fresh, prompts, data: { verdicts, searches, items } };
}

async function detectAndCheck(
  { images, verifier }: EvaluationOrder,
  { image, pictures, detector }: ShardTools,
  chosen: ChosenImages["chosen"],
): Promise<EvaluationItem[]> {
  const pixels = await Promise.all(
    chosen.map(({ candidate }) => candidateImage(candidate, { image, pictures }).pixels()),
  );
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
