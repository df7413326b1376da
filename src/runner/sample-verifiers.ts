import type { RoundConfig } from "../config/round-schema.js";
import type { SampleVerifiers } from "../stages/training/sample-watch.js";
import type { Room } from "./room.js";

/**
 * The verifiers that watch a round's training for over-optimisation: what it follows (the judge of its guidance, or the
 * labeller of its pairs), and the other one of detector and judge. Null without sample images, or without a second.
 */
export async function sampleVerifiers(
  room: Room,
  { labels, training }: Pick<RoundConfig, "labels" | "training">,
): Promise<SampleVerifiers | null> {
  if (training.sampleEvery === null) return null;
  const { image, family, judgeCheckpoint } = room;
  const seen = { image, encodePrompt: family.encodePrompt };
  const detector = room.detectorJudge();
  if (training.guidance !== null) {
    return { ...seen, training: await room.judgeNamed(training.guidance.judge), heldOut: detector };
  }
  if (labels.by === "judge") return { ...seen, training: await room.judge(), heldOut: detector };
  return judgeCheckpoint === null ? null : { ...seen, training: detector, heldOut: await room.judge() };
}
