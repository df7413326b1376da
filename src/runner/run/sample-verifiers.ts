import type { StageRow } from "../../adapters/store/index.js";
import type { RoundConfig } from "../../config/schema/round.js";
import type { Progress } from "../../records/progress.js";
import type { SampleVerifiers } from "../../stages/training/sample-watch.js";
import type { RunModels } from "../models/open-models.js";

/** Of the detector that finds nothing, as it has no model. */
const NO_DETECTOR = "none";

type Labeller = Pick<RoundConfig["labels"], "by">;

/**
 * The verifiers that watch a round's training for over-optimisation: what it follows (the judge of its guidance, or the
 * labeller of its pairs), and the other one of detector and judge. Null without sample images, or without a second.
 */
export async function sampleVerifiers(
  models: RunModels,
  { labels, training }: Pick<RoundConfig, "training"> & { readonly labels: Labeller },
): Promise<SampleVerifiers | null> {
  if (training.sampleEvery === null) return null;
  const { image, family, judgeIdentity } = models;
  // Beside a generator of pictures there may be none.
  if (models.detector.identity === NO_DETECTOR) return null;
  const seen = { image, encodePrompt: family.encodePrompt };
  const detector = models.detectorJudge();
  if (training.guidance !== null) {
    return { ...seen, training: await models.judgeNamed(training.guidance.judge), heldOut: detector };
  }
  if (labels.by === "judge") return { ...seen, training: await models.judge(), heldOut: detector };
  return judgeIdentity === null ? null : { ...seen, training: detector, heldOut: await models.judge() };
}

/** As `sampleVerifiers`, for a training by hand: the labeller is read off its pair sets. Where there is none, `progress` says why. */
export async function verifiersByHand(
  models: RunModels,
  pairs: readonly StageRow[],
  { training, progress }: Pick<RoundConfig, "training"> & { readonly progress: Progress },
): Promise<SampleVerifiers | null> {
  if (training.sampleEvery === null) return null;
  const labels = training.guidance === null ? await labellerOf(models, pairs) : { by: "detector" as const };
  const found = typeof labels === "string" ? null : await sampleVerifiers(models, { labels, training });
  if (found === null) {
    const why =
      typeof labels === "string" ? labels : "there is no judge beside the detector; name one with --judge";
    progress.note(`over-optimisation is not watched: ${why}`);
  }
  return found;
}

/** Who labelled the pair sets, or why that is no verifier at hand. */
async function labellerOf(models: RunModels, pairs: readonly StageRow[]): Promise<Labeller | string> {
  const labellers = pairs.map(
    ({ inputs }) => inputs as { readonly labels?: Labeller; readonly judge?: string },
  );
  const kinds = new Set(labellers.map(({ labels }) => labels?.by));
  const [by] = kinds;
  if (kinds.size > 1 || by === undefined)
    return "the pairs were not all labelled by one judge, nor by the detector";
  if (by === "detector") return { by };
  const own = models.judgeIdentity === null ? null : (await models.judge()).identity;
  return labellers.every(({ judge }) => judge === own)
    ? { by }
    : "another judge labelled the pairs; name it with --judge";
}
