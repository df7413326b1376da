import type { Said } from "../claim.js";
import { cellOf, saidOf } from "../metadata.js";

const NEGATIVE = "Negative prompt:";
/** The last line: names and values, the first of them the steps. */
const SETTINGS = /^Steps: /;
/** A value may be JSON text, for those that hold commas. */
const SETTING = /(\w[\w \-/]{0,60}):\s*("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)/g;

/**
 * What AUTOMATIC1111's stable-diffusion-webui keeps in the PNG text "parameters" (modules/infotext_utils.py): the prompt, the negative
 * prompt, and a line of settings.
 */
export function saidByAutomatic1111(parameters: string): Said {
  const lines = parameters.trim().split(/\r?\n/);
  const settings = SETTINGS.test(lines.at(-1) ?? "") ? (lines.pop() ?? "") : "";
  const negative = lines.findIndex((line) => line.startsWith(NEGATIVE));
  const [prompt, against] =
    negative < 0
      ? [lines, []]
      : [
          lines.slice(0, negative),
          [lines[negative]?.slice(NEGATIVE.length) ?? "", ...lines.slice(negative + 1)],
        ];
  const fields = Array.from(settings.matchAll(SETTING), ([, name = "", value = ""]) => [
    nameOf(name),
    unquoted(value),
  ]);
  const negativePrompt = against.join("\n").trim();
  return saidOf(prompt.join("\n").trim(), {
    ...(negativePrompt === "" ? {} : { negative_prompt: negativePrompt }),
    ...Object.fromEntries(fields),
  });
}

/** "CFG scale" as "guidance", which it is elsewhere; "Model hash" as "model_hash". */
function nameOf(name: string): string {
  if (name === "CFG scale") return "guidance";
  return name
    .trim()
    .toLowerCase()
    .replace(/[ /-]+/g, "_");
}

function unquoted(value: string): string | number {
  if (!value.startsWith('"')) return cellOf(value.trim());
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
