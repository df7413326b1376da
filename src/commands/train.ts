import { defineCommand, number, text } from "./command.js";
import { stageReport } from "./stage-report.js";
import { STAGE_FLAGS, stageSettings } from "./stage-settings.js";

export const train = defineCommand({
  name: "train",
  summary: "train a checkpoint with DPO on pair sets",
  examples: ["espalier train 77ab02 --steps 100", "espalier train 77ab02 9c3e11 --pipeline iterative-dpo"],
  positionals: [
    { name: "pairs", describe: "ids of pairs stages, or their first digits", required: true, many: true },
  ],
  flags: {
    checkpoint: text("what is trained: a name, id or folder", "checkpoint", null),
    reference: text("the frozen model to measure against; the trained one unless given", "checkpoint", null),
    steps: number("optimizer steps", { least: 1 }, null),
    batchPairs: number("pairs an optimizer step", { least: 1 }, null),
    learningRate: number("peak of the cosine schedule", { least: 1e-12, whole: false }, null),
    beta: number("strength of the pull to the reference", { least: 1e-12, whole: false }, null),
    ...STAGE_FLAGS,
  },
  resumable: true,
  async run(pairs, flags, context) {
    const { options, round } = await stageSettings(flags, context);
    const { steps, batchPairs, learningRate, beta, reference } = flags;
    const said = Object.entries({ steps, batchPairs, learningRate, beta }).filter(
      ([, value]) => value !== null,
    );
    const training = { ...round.training, ...Object.fromEntries(said) };
    const stages = await import("../runner/single-stages.js");
    const stage = await stages.train({ pairs, reference, training }, options);
    return stageReport(stage, "espalier evaluate CHECKPOINT");
  },
});
