import { existsSync } from "node:fs";
import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import type { FormatName } from "../../config/formats.js";
import type { PictureLayoutName } from "../../config/picture-layouts.js";
import { PromptError } from "../../errors.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import { BUNDLED_FAMILY } from "../../families/bundled-family.js";
import { workspacePaths } from "../../paths.js";
import { readPictures } from "../../pictures/index.js";
import { type PictureFiles, pictureFiles } from "../../pictures/picture-files.js";
import { countLeftOut, type LeftOut } from "../../records/left-out.js";
import { type Prompt, promptId } from "../../records/prompt.js";
import { bundledNames } from "../../stages/checkpoints/find-checkpoint.js";
import { detectFormat } from "../../stages/exchange/detect-format.js";
import { FORMATS } from "../../stages/exchange/formats.js";
import { importPicturePairs } from "../../stages/exchange/import-picture-pairs.js";
import type { ReadPreferences } from "../../stages/exchange/prepared-preferences.js";
import { spoolPreferences } from "../../stages/exchange/spool-preferences.js";
import { importPictures } from "../../stages/pictures/import-pictures.js";
import { outsideSource } from "../../stages/pictures/outside-source.js";
import { type SpoolParams, spoolPictures } from "../../stages/pictures/spool-pictures.js";
import { inStageSession, type StageSession, type StageSessionOptions } from "./stage-session.js";

export interface ImportPicturesRequest {
  /** A file or folder. */
  readonly place: string;
  /** Who drew the pictures. */
  readonly from: string;
  /** Null takes the one that the contents show. */
  readonly format: PictureLayoutName | null;
  /** Whether the bytes are copied into the workspace. */
  readonly copy: boolean;
  /** Of a picture; null takes the usual limits. */
  readonly mostPixels?: number | null;
  readonly mostBytes?: number | null;
}

export interface ImportedPictures {
  readonly stage: StageRow;
  /** Candidates of the stage that were not in the workspace before, and those that were. */
  readonly added: number;
  readonly known: number;
  /** Pictures that were left out, by the reason. */
  readonly leftOut: LeftOut;
}

/**
 * Brings pictures of a file or folder into the workspace as candidates. All are read and looked at before the ledger is written.
 * Throws PictureError or StoreError naming file and line, ConfigError for a source that cannot be named so.
 */
export async function importPicturesFrom(
  request: ImportPicturesRequest,
  options: StageSessionOptions,
): Promise<ImportedPictures> {
  const { place, from, format, copy, mostPixels = null, mostBytes = null } = request;
  const { leftOut, onLeftOut } = countLeftOut();
  return withSource(from, options, async ({ source, before, files }) => {
    options.progress?.note(`Every picture of ${place} is read and looked at before anything is stored.`);
    const said = {
      ...(format === null ? {} : { format }),
      ...(mostPixels === null ? {} : { mostPixels }),
      ...(mostBytes === null ? {} : { mostBytes }),
    };
    const read = readPictures(place, { ...said, onLeftOut });
    const { spool, hash, added } = await spoolPictures(
      read,
      spooling(options, { source, before, files, copy }),
    );
    try {
      const stage = await inPictureSession(options, source, ({ place, config: { shardImages } }) =>
        importPictures(place, { spool, hash, source, files, shardImages }),
      );
      return { stage, added, known: spool.length - added, leftOut };
    } finally {
      spool.close();
    }
  });
}

/** Brings preferences among pictures: as `importPicturesFrom`, with the pairs that they make. Returns the pairs stage. */
export async function importPicturePairsFrom(
  request: { readonly path: string; readonly format: FormatName | null; readonly from: string },
  options: StageSessionOptions,
): Promise<StageRow> {
  const { path, from } = request;
  const format = request.format ?? (await detectFormat(path));
  return withSource(from, options, async ({ source, before, files }) => {
    options.progress?.note(`Every row of ${path} is read and checked before anything is stored.`);
    const read: ReadPreferences = (onLeftOut) => FORMATS[format].read(path, onLeftOut);
    const spooled = await spoolPreferences(read, spooling(options, { source, before, files, copy: true }));
    try {
      return await inPictureSession(options, source, ({ place, config: { shardImages } }) =>
        importPicturePairs(place, { spooled, format, source, files, shardImages }),
      );
    } finally {
      spooled.close();
    }
  });
}

type Source = ReturnType<typeof outsideSource>;

interface SourcePlace {
  readonly source: Source;
  /** As it is before the import; null while there is no workspace yet. */
  readonly before: Store | null;
  readonly files: PictureFiles;
}

async function withSource<Result>(
  from: string,
  { workspace, models = BUNDLED_MODELS }: StageSessionOptions,
  work: (place: SourcePlace) => Promise<Result>,
): Promise<Result> {
  const paths = workspacePaths(workspace);
  const before = existsSync(paths.database) ? openStore(paths, { readOnly: true }) : null;
  try {
    const source = outsideSource(from, before, bundledNames(models));
    return await work({ source, before, files: pictureFiles(paths.root) });
  } finally {
    before?.close();
  }
}

function spooling(
  { signal }: StageSessionOptions,
  { source, before, files, copy }: SourcePlace & { readonly copy: boolean },
): SpoolParams {
  return { source: source.id, copy, store: before, files, promptOf: knownWords, signal };
}

/** No model is needed: those of this process are named, and none is opened. */
function inPictureSession(
  options: StageSessionOptions,
  source: Source,
  work: (session: StageSession) => Promise<StageRow>,
): Promise<StageRow> {
  return inStageSession({ ...options, family: BUNDLED_FAMILY }, (session) => {
    const { checkpoints } = session.store;
    if (checkpoints.find(source.id) === undefined) checkpoints.introduce(source);
    return work(session);
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
