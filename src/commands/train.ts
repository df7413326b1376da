import { MOST } from "../config/limits.js";
import type { TrainingCost } from "../runner/single-stages/single-stages.js";
import { CHECKPOINT_REFERENCE, defineCommand, number, type Report, text, toggle } from "./command.js";
import { stageReport } from "./stage-report.js";
import { ROUND_FLAG, STAGE_FLAGS, stageSettings } from "./stage-settings.js";

export const train = defineCommand({
  name: "train",
  summary: "train a checkpoint with DPO on pair sets",
  examples: [
    "espalier train 77ab02 --steps 100",
    "espalier train 77ab02 9c3e11 --pipeline iterative-dpo",
    "espalier train 77ab02 --steps 200 --sample-every 50",
  ],
  positionals: [
    { name: "pairs", describe: "ids of pairs stages, or their first digits", required: true, many: true },
  ],
  flags: {
    checkpoint: text(`what is trained: ${CHECKPOINT_REFERENCE}`, "checkpoint", null),
    reference: text("the frozen model to measure against; the trained one unless given", "checkpoint", null),
    steps: number("optimizer steps", { least: 1, most: MOST.optimizerSteps }, null),
    batchPairs: number("pairs an optimizer step", { least: 1, most: MOST.batch }, null),
    learningRate: number(
      "peak of the cosine schedule",
      { least: 1e-12, most: MOST.strength, whole: false },
      null,
    ),
    beta: number(
      "strength of the pull to the reference",
      { least: 1e-12, most: MOST.strength, whole: false },
      null,
    ),
    sampleEvery: number(
      "optimizer steps between sample images; two verifiers judge them and tell when training games one",
      { least: 1, most: MOST.optimizerSteps },
      null,
    ),
    judge: text("the judge that labelled the pairs, or a second verifier", "judge", null, {
      requires: ["sampleEvery", "pipeline"],
    }),
    estimate: toggle("say what memory and time it needs, and train nothing"),
    ...STAGE_FLAGS,
    ...ROUND_FLAG,
  },
  resumable: true,
  async run(pairs, flags, context) {
    const { options, round } = await stageSettings(flags, context, ["training"]);
    const { steps, batchPairs, learningRate, beta, sampleEvery, reference } = flags;
    const said = Object.entries({ steps, batchPairs, learningRate, beta, sampleEvery }).filter(
      ([, value]) => value !== null,
    );
    const training = { ...round.training, ...Object.fromEntries(said) };
    const stages = await import("../runner/single-stages/single-stages.js");
    if (flags.estimate) {
      return costReport(await stages.estimateTrain({ pairs, reference, training }, options));
    }
    const stage = await stages.train({ pairs, reference, training }, options);
    return stageReport(stage, "evaluate", String(stage.summary?.["checkpoint"]));
  },
});

function costReport(cost: TrainingCost): Report {
  const { steps, seconds, micro_pairs: pairs, memory_mb: memory, available_mb: available } = cost;
  const parts = `models ${cost.models_mb.toFixed(0)}, optimizer ${cost.optimizer_mb.toFixed(0)}, activations ${cost.activations_mb.toFixed(0)}`;
  const text = [
    `${steps} steps in about ${Math.ceil(seconds)} seconds, of which the reference takes ${Math.ceil(cost.reference_seconds)}`,
    `about ${memory.toFixed(0)} MB with ${pairs} pairs in a forward pass (${parts}); ${available.toFixed(0)} MB are free here`,
    ...(available > 0 && memory > available
      ? ["That is more than there is: lower training.microPairs, or set training.recomputeActivations."]
      : []),
  ];
  return { data: cost, text: text.join("\n") };
}
