import { existsSync } from "node:fs";
import { candidateFiles } from "../../adapters/arrow/index.js";
import { openStore, type StageRow } from "../../adapters/store/index.js";
import type { FormatName } from "../../config/formats.js";
import { DamagedFileError } from "../../errors.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import type { Family } from "../../families/family.js";
import { workspacePaths } from "../../paths.js";
import { findCheckpoint } from "../../stages/checkpoints/find-checkpoint.js";
import { checkPreferences } from "../../stages/exchange/check-preferences.js";
import { detectFormat } from "../../stages/exchange/detect-format.js";
import { type ExportResult, exportPairs } from "../../stages/exchange/export-pairs.js";
import { FORMATS } from "../../stages/exchange/formats.js";
import { importPreferences } from "../../stages/exchange/import-preferences.js";
import type { ReadPreferences } from "../../stages/exchange/prepared-preferences.js";
import { findCandidate } from "../../stages/sampling/wanted-candidates.js";
import { findStage } from "../find-stage.js";
import { withFamily } from "../models/with-family.js";
import { inStageSession, type StageSessionOptions } from "./stage-session.js";

/** Streams pair sets of a workspace into another format. Only reads the ledger, also beside a running process. */
export async function exportFrom(
  workspace: string,
  params: { readonly stages: readonly string[]; readonly format: FormatName; readonly out: string },
): Promise<ExportResult> {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const stages = params.stages.map((id) => findStage(store, id, "pairs", "ties"));
    return await exportPairs(store, { ...params, stages });
  } finally {
    store.close();
  }
}

/**
 * Imports a file or folder of preferences. All of it is read and checked before the ledger is opened for writing.
 * Throws StoreError or PromptError naming the row at fault.
 */
export function importInto(params: ImportRequest, options: StageSessionOptions): Promise<StageRow> {
  return withFamily(options, options.config.models, (family) => importWith(family, params, options));
}

interface ImportRequest {
  readonly path: string;
  /** Null takes the one that the file's contents show. */
  readonly format: FormatName | null;
  readonly resize: boolean;
}

async function importWith(
  family: Family,
  params: ImportRequest,
  options: StageSessionOptions,
): Promise<StageRow> {
  const { path, resize } = params;
  const format = params.format ?? (await detectFormat(path));
  const read: ReadPreferences = (onLeftOut) => FORMATS[format].read(path, onLeftOut);
  const source = await openSource(family, options);
  try {
    options.progress?.note(`Every row of ${path} is read and checked before anything is stored.`);
    const { promptOf, encodePrompt } = family;
    const { encoder, decoder, tokenizer, known } = source;
    const tools = { encoder, decoder, tokenizer, resize, promptOf, known };
    const checked = await checkPreferences(read, tools, options.signal);
    return await inStageSession({ ...options, family }, ({ place, models: { files } }) =>
      importPreferences(place, { read, checked, format, tools, files, encodePrompt }),
    );
  } finally {
    await source.close();
  }
}

/** What images become tokens with, and the candidates that the workspace has already. */
async function openSource(family: Family, options: StageSessionOptions) {
  const { models = BUNDLED_MODELS, config } = options;
  const paths = workspacePaths(options.workspace);
  const before = existsSync(paths.database) ? openStore(paths, { readOnly: true }) : null;
  const places = { store: before, models, outside: family.outside };
  const tokenizer = await findCheckpoint(config.models.tokenizer, "tokenizer", places);
  const encoder = await family.openEncoder(tokenizer.folder);
  const decoder = await family.openDecoder(tokenizer.folder);
  const files = candidateFiles(paths.root);
  return {
    encoder,
    decoder,
    tokenizer: tokenizer.identity,
    known: async (id: string) => {
      if (before === null) return undefined;
      const candidate = await findCandidate(before, files, id).catch(unlessDamaged);
      return candidate?.tokens;
    },
    close: async () => {
      await encoder.close();
      await decoder.close();
      before?.close();
    },
  };
}

/** A damaged file may be the very one that this import makes again: its images are encoded anew. */
function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof DamagedFileError)) throw error;
}
