import type { Claim } from "../claim.js";
import { foldersBelow, insideFolder } from "../folders.js";
import { rowsClaims } from "./table.js";

const METADATA = /^metadata\.(jsonl|csv|parquet)$/;

/** The name of the file of metadata among those of a folder. */
export function metadataAmong(files: readonly string[]): string | undefined {
  return files.find((name) => METADATA.test(name));
}

/**
 * Hugging Face's imagefolder (datasets, "Create an image dataset"): a file of metadata in the folder or in those below, whose `file_name`
 * is relative to it. Pictures that no line names are passed over.
 */
export async function* imagefolderClaims(root: string): AsyncGenerator<Claim> {
  for (const { path, files } of foldersBelow(root)) {
    const metadata = metadataAmong(files);
    if (metadata === undefined) continue;
    const shown = path === "" ? metadata : `${path}/${metadata}`;
    yield* rowsClaims(insideFolder(root, shown, shown), shown);
  }
}
