import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJsonRows } from "../../adapters/text/json-rows.js";
import { PictureError } from "../../errors.js";
import type { Claim } from "../claim.js";
import { foldersBelow, insideFolder, isPictureName } from "../folders.js";
import { saidOf } from "../metadata.js";

const METADATA = "metadata.jsonl";
const SAMPLES = "samples";

/** Whether a folder has the samples of a prompt. */
export function isGenEvalFolder(folder: string): boolean {
  return existsSync(join(folder, METADATA)) && existsSync(join(folder, SAMPLES));
}

/** What djghosh13/geneval's generation/diffusers_generate.py writes: a folder a prompt, with `metadata.jsonl` and `samples/00000.png`. */
export async function* genevalClaims(root: string): AsyncGenerator<Claim> {
  let said: { readonly of: string; readonly row: Readonly<Record<string, unknown>> } | undefined;
  for (const { path, files } of foldersBelow(root)) {
    if (files.includes(METADATA)) said = { of: path, row: await metadataOf(root, path) };
    const samples = said === undefined || said.of === "" ? SAMPLES : `${said.of}/${SAMPLES}`;
    if (said === undefined || path !== samples) continue;
    const { prompt, ...others } = said.row;
    const claimed = saidOf(String(prompt), others);
    for (const name of files.filter(isPictureName)) {
      const where = `${path}/${name}`;
      yield {
        content: { file: join(root, where) },
        where,
        promptIn: `${named(said.of)}, line 1`,
        said: () => claimed,
      };
    }
  }
}

function named(path: string): string {
  return path === "" ? METADATA : `${path}/${METADATA}`;
}

async function metadataOf(root: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const name = named(path);
  for await (const { row } of readJsonRows(insideFolder(root, name, name)))
    if (typeof row["prompt"] === "string") return row;
    else break;
  throw new PictureError(
    `${join(root, name)}, line 1: expected {"prompt"}, got none. Write the prompt of its samples there.`,
  );
}
