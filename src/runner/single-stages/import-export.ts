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
import { atWorkbench, type WorkbenchOptions } from "./stage-session.js";

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
export function importInto(params: ImportRequest, options: WorkbenchOptions): Promise<StageRow> {
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
  options: WorkbenchOptions,
): Promise<StageRow> {
  const { models = BUNDLED_MODELS, config } = options;
  const { path, resize } = params;
  const format = params.format ?? (await detectFormat(path));
  const read: ReadPreferences = (onLeftOut) => FORMATS[format].read(path, onLeftOut);
  const paths = workspacePaths(options.workspace);
  const before = existsSync(paths.database) ? openStore(paths, { readOnly: true }) : null;
  const tokenizer = await findCheckpoint(config.models.tokenizer, "tokenizer", {
    store: before,
    models,
    outside: family.outside,
  });
  const encoder = await family.openEncoder(tokenizer.folder);
  const decoder = await family.openDecoder(tokenizer.folder);
  try {
    const files = candidateFiles(paths.root);
    const known = async (id: string) => {
      if (before === null) return undefined;
      const candidate = await findCandidate(before, files, id).catch(unlessDamaged);
      return candidate?.tokens;
    };
    options.progress?.note(`Every row of ${path} is read and checked before anything is stored.`);
    const { promptOf } = family;
    const tools = { encoder, decoder, tokenizer: tokenizer.identity, resize, promptOf, known };
    const checked = await checkPreferences(read, tools, options.signal);
    return await atWorkbench({ ...options, family }, ({ place, room }) =>
      importPreferences(place, {
        read,
        checked,
        format,
        tools,
        files: room.files,
        encodePrompt: family.encodePrompt,
      }),
    );
  } finally {
    await encoder.close();
    await decoder.close();
    before?.close();
  }
}

/** A damaged file may be the very one that this import makes again: its images are encoded anew. */
function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof DamagedFileError)) throw error;
}
