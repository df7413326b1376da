import { MOST } from "../config/limits.js";
import { PICTURE_LAYOUT_NAMES, PICTURE_LAYOUTS } from "../config/picture-layouts.js";
import { ConfigError } from "../errors.js";
import { defineCommand, number, oneOf, text, toggle } from "./command.js";
import { leftOutLines } from "./plain-output.js";
import { stageReport } from "./stage-report.js";
import { stageSettings } from "./stage-settings.js";

const LAYOUTS = Object.entries(PICTURE_LAYOUTS).map(([name, what]) => `${name}: ${what}`);

export const importImages = defineCommand({
  name: "import-images",
  summary: "bring pictures that anything drew into the workspace, as candidates of their prompts",
  examples: [
    "espalier import-images pictures --from sdxl-turbo",
    "espalier import-images samples.parquet --from flux --copy",
  ],
  positionals: [
    { name: "place", describe: "a folder of pictures, or a file that lists them", required: true },
  ],
  flags: {
    from: text("which model drew them, in your words", "name", null),
    format: oneOf(
      `how they are kept; unless given, as the contents show (${LAYOUTS.join("; ")})`,
      PICTURE_LAYOUT_NAMES,
      null,
    ),
    mostPixels: number(
      "pixels of a picture at most; larger ones are refused by their header",
      { least: 1, most: MOST.picturePixels },
      null,
    ),
    mostBytes: number("bytes of an encoded picture at most", { least: 1, most: MOST.pictureBytes }, null),
    copy: toggle("copy the pictures into the workspace, where they are else referred to in their place"),
  },
  resumable: true,
  async run([place = ""], { from, format, copy, mostPixels, mostBytes }, context) {
    if (from === null) {
      throw new ConfigError(
        "Expected --from to say which model drew the pictures, got nothing. Name it in your words: --from sdxl-turbo.",
      );
    }
    const { options } = await stageSettings({ pipeline: null }, context);
    const { importPicturesFrom } = await import("../runner/single-stages/import-pictures.js");
    const { stage, added, known, leftOut } = await importPicturesFrom(
      { place, from, format, copy, mostPixels, mostBytes },
      options,
    );
    const report = stageReport(stage, "score", stage.id);
    const said = `${added} ${added === 1 ? "picture is" : "pictures are"} new, ${known} known.`;
    const lines = [report.text, said, ...leftOutLines(Object.keys(leftOut).length > 0 ? leftOut : undefined)];
    return { ...report, data: { ...(report.data as object), added, known, leftOut }, text: lines.join("\n") };
  },
});
