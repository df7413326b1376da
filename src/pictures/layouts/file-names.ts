import { basename, join } from "node:path";
import { PictureError } from "../../errors.js";
import type { Claim } from "../claim.js";
import { picturesBelow } from "../folders.js";

const NAMED = /^(.+)_(\d+)\.\w+$/s;
/** As T2I-CompBench's scripts write the number; shorter ones are met in names that say nothing. */
const SURELY_NAMED = /^.*\p{L}.*_\d{6}\.\w+$/su;

export function isNamedByPrompt(path: string): boolean {
  return SURELY_NAMED.test(basename(path));
}

/** Pictures named by their prompt and a number: `PROMPT_000003.png` (Karine-Huang/T2I-CompBench, "Inference"). */
export async function* fileNameClaims(root: string): AsyncGenerator<Claim> {
  for (const path of picturesBelow(root)) {
    const [, prompt, number] = NAMED.exec(basename(path)) ?? [];
    if (prompt === undefined)
      throw new PictureError(
        `${path}: expected a name of prompt, underscore and number, as "a red cup_000003.png", got ${JSON.stringify(basename(path))}. ` +
          "Rename it, or take it out.",
      );
    const said = { prompt, metadata: { number: Number(number) } };
    yield { content: { file: join(root, path) }, where: path, said: () => said };
  }
}
