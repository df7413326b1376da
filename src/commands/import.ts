import { FORMAT_NAMES } from "../config/formats.js";
import { defineCommand, oneOf, toggle } from "./command.js";
import { leftOutLines } from "./plain-output.js";
import { stageReport } from "./stage-report.js";
import { PIPELINE_FLAG, stageSettings } from "./stage-settings.js";

export const importCommand = defineCommand({
  name: "import",
  summary: "bring pairs, ties and rankings from other layouts into the workspace",
  examples: ["espalier import my-pairs/pairs.jsonl", "espalier import pick-a-pic.parquet --resize"],
  positionals: [{ name: "path", describe: "a file, or a folder of them", required: true }],
  flags: {
    format: oneOf("which layout; unless given, the one that its contents show", FORMAT_NAMES, null),
    resize: toggle("scale and cut images to the tokenizer's size"),
    ...PIPELINE_FLAG,
  },
  resumable: true,
  async run([path = ""], flags, context) {
    const { options } = await stageSettings(flags, context);
    const { importInto } = await import("../runner/single-stages/import-export.js");
    const stage = await importInto({ path, format: flags.format, resize: flags.resize }, options);
    const { leftOut, ...summary } = stage.summary ?? {};
    const { text } = stageReport({ ...stage, summary });
    const report = summary["pairs"] === 0 ? stageReport(stage) : stageReport(stage, "train", stage.id);
    return { ...report, text: [text, ...leftOutLines(leftOut)].join("\n") };
  },
});
