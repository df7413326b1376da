import { MOST } from "../config/limits.js";
import { defineCommand, number, oneOf } from "./command.js";
import { stageReport } from "./stage-report.js";
import { stageSettings } from "./stage-settings.js";

export const decide = defineCommand({
  name: "decide",
  summary: "let people's answers decide pairs: a new set, overruled pairs turned round, ties left out",
  examples: ["espalier decide 77ab02", "espalier decide 77ab02 --undecided drop --least 2"],
  positionals: [
    { name: "pairs", describe: "id of a reviewed pairs stage, or its first digits", required: true },
  ],
  flags: {
    undecided: oneOf("pairs on which too few people answered", ["keep", "drop"], "keep"),
    least: number(
      "answers of people, skips not counted, from which they decide",
      { least: 1, most: MOST.list },
      1,
    ),
  },
  resumable: true,
  async run([pairs = ""], { undecided, least }, context) {
    const { options } = await stageSettings({ pipeline: null }, context);
    const runner = await import("../runner/reviews/decide-pairs.js");
    const stage = await runner.decide({ pairs, undecided, least }, options);
    return stageReport(stage, "train", stage.id);
  },
});
