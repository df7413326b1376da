import { existsSync } from "node:fs";
import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import type { PictureLayoutName } from "../../config/picture-layouts.js";
import { PromptError } from "../../errors.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import { BUNDLED_FAMILY } from "../../families/bundled-family.js";
import { workspacePaths } from "../../paths.js";
import { readPictures } from "../../pictures/index.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import { type Prompt, promptId } from "../../records/prompt.js";
import { bundledNames } from "../../stages/checkpoints/find-checkpoint.js";
import { importPictures } from "../../stages/pictures/import-pictures.js";
import { outsideSource } from "../../stages/pictures/outside-source.js";
import { type SpooledPictures, spoolPictures } from "../../stages/pictures/spool-pictures.js";
import { inStageSession, type StageSessionOptions } from "./stage-session.js";

export interface ImportPicturesRequest {
  /** A file or folder. */
  readonly place: string;
  /** Who drew the pictures. */
  readonly from: string;
  /** Null takes the one that the contents show. */
  readonly format: PictureLayoutName | null;
  /** Whether the bytes are copied into the workspace. */
  readonly copy: boolean;
  /** Of a picture; null takes the usual limit. */
  readonly mostPixels?: number | null;
}

export interface ImportedPictures {
  readonly stage: StageRow;
  /** Candidates of the stage that were not in the workspace before, and those that were. */
  readonly added: number;
  readonly known: number;
  /** Pictures that were left out, by the reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/**
 * Brings pictures of a file or folder into the workspace as candidates. All are read and looked at before the ledger is written.
 * Throws PictureError or StoreError naming file and line, ConfigError for a source that cannot be named so.
 */
export async function importPicturesFrom(
  request: ImportPicturesRequest,
  options: StageSessionOptions,
): Promise<ImportedPictures> {
  const paths = workspacePaths(options.workspace);
  const before = existsSync(paths.database) ? openStore(paths, { readOnly: true }) : null;
  const leftOut: Record<string, number> = {};
  let spooled: SpooledPictures | undefined;
  try {
    const source = outsideSource(request.from, before, bundledNames(options.models ?? BUNDLED_MODELS));
    spooled = await spooledFrom(request, options, { before, source: source.id, leftOut });
    const { spool, hash, added } = spooled;
    const stage = await inStageSession({ ...options, family: BUNDLED_FAMILY }, ({ store, place, config }) => {
      if (store.checkpoints.find(source.id) === undefined) store.checkpoints.introduce(source);
      const { shardImages } = config;
      return importPictures(place, { spool, hash, source, files: pictureFiles(paths.root), shardImages });
    });
    return { stage, added, known: spool.length - added, leftOut };
  } finally {
    spooled?.spool.close();
    before?.close();
  }
}

function spooledFrom(
  { place, format, copy, mostPixels = null }: ImportPicturesRequest,
  { workspace, progress, signal }: StageSessionOptions,
  known: { readonly before: Store | null; readonly source: string; readonly leftOut: Record<string, number> },
): Promise<SpooledPictures> {
  const { before, source, leftOut } = known;
  progress?.note(`Every picture of ${place} is read and looked at before anything is stored.`);
  const onLeftOut = (reason: string) => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  };
  const said = {
    ...(format === null ? {} : { format }),
    ...(mostPixels === null ? {} : { mostPixels }),
  };
  return spoolPictures(readPictures(place, { ...said, onLeftOut }), {
    ...{ source, copy, store: before, signal },
    files: pictureFiles(workspacePaths(workspace).root),
    promptOf: knownWords,
  });
}

/** Any words; what they ask for where they are those of the bundled scenes. */
function knownWords(text: string): Prompt {
  try {
    return BUNDLED_FAMILY.promptOf(text);
  } catch (error) {
    if (error instanceof PromptError) return { id: promptId(text), text };
    throw error;
  }
}
