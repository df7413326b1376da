import { defineCommand } from "./command.js";

/** Levels that a pixel may be off: other batch sizes and devices add up in another order (docs/models.md). */
const TOLERANCE = 4;

export const replay = defineCommand({
  name: "replay",
  summary: "sample a stored candidate again and compare its tokens or pixels",
  examples: ["espalier replay 3fa9c1"],
  positionals: [{ name: "id", describe: "id of a candidate, or its first digits", required: true }],
  flags: {},
  async run([id = ""], _flags, { workspace }) {
    const { replayCandidate } = await import("../runner/inspection/replay-candidate.js");
    const { stored, prompt, same, differing, apart } = await replayCandidate(id, { workspace });
    const { seed, checkpoint } = stored;
    const verdict = apart ? sayApart(apart) : saySame(same, differing);
    return {
      data: {
        id: stored.id,
        prompt: prompt.text,
        seed,
        checkpoint,
        same,
        differing,
        ...(apart && { apart }),
      },
      text: `candidate ${stored.id}: "${prompt.text}", seed ${seed}\n${verdict}`,
      exitCode: same || (apart !== undefined && apart.most <= TOLERANCE) ? 0 : 1,
    };
  },
});

function saySame(same: boolean, differing: readonly number[]): string {
  if (same) return "the same tokens, committed at the same steps";
  return `DIFFERS at ${differing.length} positions: ${differing.join(", ")}`;
}

function sayApart({ mean, most }: { readonly mean: number; readonly most: number }): string {
  if (most === 0) return "the same pixels";
  const said = `${mean.toFixed(3)} levels of 255 apart on average, ${most} at most`;
  return most <= TOLERANCE ? `the same picture: ${said}` : `DIFFERS: ${said}`;
}
