import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PICTURE_LAYOUTS, type PictureLayoutName } from "../config/picture-layouts.js";
import { PictureError } from "../errors.js";
import { foldersBelow, isPictureName } from "./folders.js";
import { isNamedByPrompt } from "./layouts/file-names.js";
import { isGenEvalFolder } from "./layouts/geneval.js";
import { metadataAmong } from "./layouts/imagefolder.js";
import { saidInPicture } from "./layouts/in-picture.js";
import { tablesIn } from "./layouts/table.js";
import { textBeside } from "./layouts/text-beside.js";

/** How the pictures of a place are kept, by its contents: files of metadata, then the first picture. Throws PictureError where nothing says it. */
export async function detectLayout(place: string): Promise<PictureLayoutName> {
  if (!statSync(place).isDirectory()) {
    if (!isPictureName(place)) return "table";
    throw new PictureError(
      `${place}: expected a folder of pictures, or a table that names them, got one picture. Name its folder.`,
    );
  }
  let isTop = true;
  for (const { path, files } of foldersBelow(place)) {
    const folder = join(place, path);
    if (isGenEvalFolder(folder)) return "geneval";
    if (metadataAmong(files) !== undefined) return "imagefolder";
    if (isTop && (await tablesIn(place)).size > 0) return "table";
    isTop = false;
    const picture = files.find(isPictureName);
    if (picture !== undefined) return byPicture(place, path === "" ? picture : `${path}/${picture}`);
  }
  throw new PictureError(
    `${place}: expected pictures, or a table that names them, got none. Name another folder.`,
  );
}

function byPicture(root: string, path: string): PictureLayoutName {
  const file = join(root, path);
  if (existsSync(textBeside(file))) return "text-beside";
  if (saidInPicture(readFileSync(file)) !== undefined) return "in-picture";
  if (isNamedByPrompt(path)) return "file-names";
  const known = Object.entries(PICTURE_LAYOUTS).map(([name, describe]) => `${name} (${describe})`);
  throw new PictureError(
    `${file}: expected the prompt of this picture somewhere, got none. Known are ${known.join("; ")}. ` +
      "Write a metadata.jsonl with file_name and prompt, or say the layout with --format.",
  );
}
