import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { PictureLayoutName } from "../config/picture-layouts.js";
import { PictureError } from "../errors.js";
import type { BroughtPicture } from "../records/picture.js";
import type { PictureLayout } from "./claim.js";
import { detectLayout } from "./detect-layout.js";
import { inOrder } from "./in-order.js";
import { fileNameClaims } from "./layouts/file-names.js";
import { genevalClaims } from "./layouts/geneval.js";
import { imagefolderClaims } from "./layouts/imagefolder.js";
import { inPictureClaims } from "./layouts/in-picture.js";
import { tableClaims } from "./layouts/table.js";
import { textBesideClaims } from "./layouts/text-beside.js";
import { MOST_ENCODED } from "./limits.js";
import { lookAt, type PictureLimits } from "./look-at.js";

export interface ReadPicturesOptions extends Partial<PictureLimits> {
  /** Found out by the contents where it is not said. */
  readonly format?: PictureLayoutName;
  /** Hears of each picture that is left out, and why. */
  readonly onLeftOut?: (reason: string, where: string) => void;
}

/** Pictures read and looked at together: what is in memory at a time. */
const AT_ONCE = 16;

const LAYOUTS: Readonly<Record<PictureLayoutName, PictureLayout>> = {
  imagefolder: imagefolderClaims,
  table: tableClaims,
  geneval: genevalClaims,
  "text-beside": textBesideClaims,
  "in-picture": inPictureClaims,
  "file-names": fileNameClaims,
};

/**
 * Streams the pictures of a file or folder with their prompts, in the order that it has them. The same picture of the same prompt
 * comes once. Throws PictureError or StoreError (place, expected, got, cure) at the first that cannot be used, or where there is none.
 */
export async function* readPictures(
  place: string,
  options: ReadPicturesOptions = {},
): AsyncGenerator<BroughtPicture> {
  const root = resolve(place);
  if (!existsSync(root))
    throw new PictureError(`${root} does not exist: expected a file or folder of pictures. Check its name.`);
  const layout = options.format ?? (await detectLayout(root));
  const { mostPixels = MOST_ENCODED.mostPixels, mostBytes = MOST_ENCODED.mostBytes, onLeftOut } = options;
  const seen = new Set<string>();
  const claims = LAYOUTS[layout](root);
  for await (const picture of inOrder(claims, AT_ONCE, (claim) => lookAt(claim, { mostPixels, mostBytes }))) {
    const key = keyOf(picture);
    if (seen.has(key)) onLeftOut?.("picture of the same bytes and prompt", picture.where);
    else yield picture;
    seen.add(key);
  }
  if (seen.size === 0)
    throw new PictureError(
      `${root}: expected pictures laid out as ${layout}, got none. Name another place, or say the layout with --format.`,
    );
}

/** 96 bits: short, as there is one for every picture. */
function keyOf({ picture, prompt }: BroughtPicture): string {
  return createHash("sha256").update(picture.sha256).update(prompt).digest("base64").slice(0, 16);
}
