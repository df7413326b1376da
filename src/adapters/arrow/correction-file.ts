import { REASONS } from "../../records/reasons.js";
import type { Rows } from "./batch-file.js";
import { textColumn, uint8ListColumn, uint16ListColumn } from "./columns.js";
import type { WrittenFile } from "./rows.js";
import { writeTable } from "./table-file.js";

const BATCH_ROWS = 1024;

/** What teaches a generator self-correction (arXiv 2501.13926, section 4.2): a wrong image, why, and a right one. */
export interface CorrectionRow {
  readonly prompt: string;
  /** GenEval tag. */
  readonly tag: string;
  /** Word ids of the prompt, shape (text length,). */
  readonly text: Uint16Array;
  /** Codebook indices of the wrong image, shape (tokens,). */
  readonly bad_tokens: Uint16Array;
  /** Codebook indices of the right image, shape (tokens,). */
  readonly good_tokens: Uint16Array;
  /** What is wrong with the wrong image as flags (`reasonFlags`), shape (REASONS.length,). */
  readonly reasons: Uint8Array;
}

/** Streams correction groups into an Arrow file, which appears whole or not at all. */
export function writeCorrections(
  file: string,
  rows: Rows<CorrectionRow>,
  shape: { readonly tokens: number; readonly words: number },
): Promise<WrittenFile> {
  const columns = {
    prompt: textColumn(),
    tag: textColumn(),
    text: uint16ListColumn(shape.words),
    bad_tokens: uint16ListColumn(shape.tokens),
    good_tokens: uint16ListColumn(shape.tokens),
    reasons: uint8ListColumn(REASONS.length),
  } as const;
  return writeTable(file, columns, rows, BATCH_ROWS);
}
