import { defineCommand } from "./command.js";

export const replay = defineCommand({
  name: "replay",
  summary: "sample a stored candidate again and compare its tokens",
  examples: ["espalier replay 3fa9c1"],
  positionals: [{ name: "id", describe: "id of a candidate, or its first digits", required: true }],
  flags: {},
  async run([id = ""], _flags, { workspace }) {
    const { replayCandidate } = await import("../runner/inspection/replay-candidate.js");
    const { stored, prompt, same, differing } = await replayCandidate(id, { workspace });
    const { seed, checkpoint } = stored;
    const verdict = same
      ? "the same tokens, committed at the same steps"
      : `DIFFERS at ${differing.length} positions: ${differing.join(", ")}`;
    return {
      data: { id: stored.id, prompt: prompt.text, seed, checkpoint, same, differing },
      text: `candidate ${stored.id}: "${prompt.text}", seed ${seed}\n${verdict}`,
      exitCode: same ? 0 : 1,
    };
  },
});
