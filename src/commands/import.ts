import { FORMAT_NAMES } from "../config/formats.js";
import { defineCommand, oneOf, text, toggle } from "./command.js";
import { leftOutLines } from "./plain-output.js";
import { stageReport } from "./stage-report.js";
import { PIPELINE_FLAG, stageSettings } from "./stage-settings.js";

export const importCommand = defineCommand({
  name: "import",
  summary: "bring pairs, ties and rankings from other layouts into the workspace",
  examples: [
    "espalier import my-pairs/pairs.jsonl",
    "espalier import pick-a-pic.parquet --resize",
    "espalier import pick-a-pic.parquet --from sdxl",
  ],
  positionals: [{ name: "path", describe: "a file, or a folder of them", required: true }],
  flags: {
    format: oneOf("which layout; unless given, the one that its contents show", FORMAT_NAMES, null),
    from: text(
      "keep the images as the pictures they are, of any size and beside any words, drawn by this model",
      "name",
      null,
    ),
    resize: toggle("scale and cut images to the tokenizer's size", { excludes: ["from"] }),
    ...PIPELINE_FLAG,
  },
  resumable: true,
  async run([path = ""], flags, context) {
    const { options } = await stageSettings(flags, context);
    const { format, from, resize } = flags;
    const [grids, pictures] = await Promise.all([
      import("../runner/single-stages/import-export.js"),
      import("../runner/single-stages/import-pictures.js"),
    ]);
    const stage = await (from === null
      ? grids.importInto({ path, format, resize }, options)
      : pictures.importPicturePairsFrom({ path, format, from }, options));
    const { leftOut, ...summary } = stage.summary ?? {};
    const { text } = stageReport({ ...stage, summary });
    const next = from === null ? ["train", stage.id] : ["review", stage.id];
    const report = summary["pairs"] === 0 ? stageReport(stage) : stageReport(stage, ...next);
    return { ...report, text: [text, ...leftOutLines(leftOut)].join("\n") };
  },
});
