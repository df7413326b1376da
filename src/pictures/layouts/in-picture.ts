import { join } from "node:path";
import { pngTexts } from "../../adapters/images/index.js";
import { PictureError } from "../../errors.js";
import type { Claim, Said } from "../claim.js";
import { picturesBelow } from "../folders.js";
import { saidByAutomatic1111 } from "./automatic1111.js";
import { saidByComfyui } from "./comfyui.js";

/** By the keyword of the text. */
const PROGRAMS: readonly (readonly [keyword: string, said: (text: string) => Said])[] = [
  ["parameters", saidByAutomatic1111],
  ["prompt", saidByComfyui],
];

/** What a PNG itself says of how it was made; undefined where it says nothing that is known. Throws PictureError. */
export function saidInPicture(bytes: Uint8Array): Said | undefined {
  const texts = pngTexts(bytes);
  for (const [keyword, said] of PROGRAMS) {
    const text = texts.get(keyword);
    if (text !== undefined) return said(text);
  }
  return undefined;
}

/** Pictures in PNG that carry their prompt. */
export async function* inPictureClaims(root: string): AsyncGenerator<Claim> {
  for (const path of picturesBelow(root)) yield { content: { file: join(root, path) }, where: path, said };
}

function said(bytes: Uint8Array): Said {
  const found = saidInPicture(bytes);
  if (found !== undefined) return found;
  throw new PictureError(
    `expected a PNG with the text ${PROGRAMS.map(([keyword]) => `"${keyword}"`).join(" or ")} in it, got a picture without. ` +
      "Write its prompt in metadata.jsonl, or in a text of the same name beside it.",
  );
}
