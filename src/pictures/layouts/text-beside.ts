import { existsSync } from "node:fs";
import { join } from "node:path";
import { readText, TextFault } from "../../adapters/text/text-file.js";
import { PictureError } from "../../errors.js";
import type { Claim } from "../claim.js";
import { insideFolder, picturesBelow } from "../folders.js";

/** The text that would be beside a picture. */
export function textBeside(path: string): string {
  return path.replace(/\.\w+$/, ".txt");
}

/** A text of the same name beside each picture, as kohya's and most other trainers keep captions. */
export async function* textBesideClaims(root: string): AsyncGenerator<Claim> {
  for (const path of picturesBelow(root)) {
    const text = textBeside(path);
    const file = insideFolder(root, text, path);
    if (!existsSync(file))
      throw new PictureError(
        `${path}: expected its prompt in ${text}, got no such file. Write it, or take the picture out.`,
      );
    const said = async () => ({ prompt: await wholeText(file, text), metadata: {} });
    yield { content: { file: join(root, path) }, where: path, promptIn: text, said };
  }
}

/** Characters; what is longer is no prompt, and is refused as one. */
const MOST_READ = 2 ** 16;

async function wholeText(file: string, shown: string): Promise<string> {
  let text = "";
  try {
    for await (const piece of readText(file)) {
      text += piece;
      if (text.length > MOST_READ) break;
    }
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    throw new PictureError(`in ${shown}: ${error.message}.`, { cause: error });
  }
  return text;
}
