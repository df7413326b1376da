import { join } from "node:path";
import { writeCandidates, writeDrawings } from "../../adapters/arrow/index.js";
import type { ShardResult, StageRow } from "../../adapters/store/index.js";
import { shardFile } from "../../paths.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { Candidate } from "../../records/candidate.js";
import type { Prompt } from "../../records/prompt.js";

/** Writes candidates as the Arrow file of shard `index`; what the ledger's shard row needs. No file without candidates. */
export async function writeCandidateShard(
  root: string,
  { stage, index }: { readonly stage: Pick<StageRow, "id" | "name">; readonly index: number },
  candidates: readonly Candidate[],
  prompts: readonly Prompt[],
): Promise<ShardResult> {
  return writeCandidateFile(root, shardFile(stage, index), candidates, prompts);
}

/** Writes candidates as `file`, relative to the workspace root. No file without candidates. */
export async function writeCandidateFile(
  root: string,
  file: string,
  candidates: readonly Candidate[],
  prompts: readonly Prompt[],
): Promise<ShardResult> {
  const [first] = candidates;
  if (first === undefined) return { rows: 0 };
  const texts = new Map(prompts.map(({ id, text }) => [id, text]));
  const rows = candidates.map((candidate) => ({
    ...candidate,
    prompt: texts.get(candidate.promptId) as string,
  }));
  if (first.picture !== undefined) {
    const files = pictureFiles(root);
    const drawn = rows.flatMap(({ picture, ...row }) =>
      picture ? [{ ...row, picture, path: files.path(picture) }] : [],
    );
    return { ...(await writeDrawings(join(root, file), drawn)), file };
  }
  const tokens = first.tokens.length;
  return { ...(await writeCandidates(join(root, file), rows, { tokens })), file };
}
