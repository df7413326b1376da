import { endingOf, FORMAT_FACTS, FORMAT_NAMES, type FormatFacts } from "../config/formats.js";
import { defineCommand, oneOf, text } from "./command.js";

export const exportCommand = defineCommand({
  name: "export",
  summary: "write pair sets in a layout that others train with",
  examples: [
    "espalier export 77ab02 --format parquet --out pairs.parquet",
    "espalier export 77ab02 --format pick-a-pic --out pick-a-pic.parquet",
  ],
  positionals: [
    {
      name: "pairs",
      describe: "ids of pairs or ties stages, or their first digits",
      required: true,
      many: true,
    },
  ],
  flags: {
    format: oneOf("which layout", FORMAT_NAMES, "parquet"),
    out: text("file or folder to write; the default is named after stage and format", "path", null),
  },
  async run(stages, flags, { workspace }) {
    const { exportFrom } = await import("../runner/single-stages/import-export.js");
    const { describe, limit }: FormatFacts = FORMAT_FACTS[flags.format];
    const out = flags.out ?? `${stages[0]}-${flags.format}${endingOf(flags.format)}`;
    const result = await exportFrom(workspace, { stages, format: flags.format, out });
    const lost = result.lost.map((what) => `  ${what}`);
    const lines = [
      `${result.pairs} pairs${result.ties > 0 ? ` and ${result.ties} ties` : ""} in ${result.out}`,
      `${flags.format}: ${describe}`,
      "It has no place for:",
      ...lost,
      ...(limit === undefined ? [] : [limit]),
    ];
    return { data: result, text: lines.join("\n") };
  },
});
