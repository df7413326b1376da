import { defineCommand, number, text } from "./command.js";
import { stageReport } from "./stage-report.js";
import { STAGE_FLAGS, stageSettings } from "./stage-settings.js";

export const generate = defineCommand({
  name: "generate",
  summary: "sample candidates for a file of prompts",
  examples: [
    "espalier generate my-prompts.txt --count 8",
    "espalier generate data/prompts/train.jsonl --limit 60",
  ],
  positionals: [{ name: "prompts", describe: "plain lines or GenEval's JSONL", required: true }],
  flags: {
    count: number("candidates of each prompt", { least: 1 }, null),
    limit: number("prompts at most, spread evenly over the tasks", { least: 1 }, null),
    checkpoint: text("what samples: a name, id or folder", "checkpoint", null),
    ...STAGE_FLAGS,
  },
  resumable: true,
  async run([file = ""], flags, context) {
    const { options, round } = await stageSettings(flags, context);
    const stages = await import("../runner/single-stages.js");
    const images = flags.count === null ? round.candidates : { perPrompt: flags.count };
    const stage = await stages.generate({ file, limit: flags.limit, images }, options);
    return stageReport(stage, "espalier score ID");
  },
});
