import type { Rows } from "./batch-file.js";
import { numberColumn, textColumn, uint8ListColumn, uint16ListColumn } from "./columns.js";
import type { WrittenFile } from "./rows.js";
import { readTable, writeTable } from "./table-file.js";

const BATCH_ROWS = 1024;

/** A generated image and whether it shows what its prompt asks for. */
export interface LabelledRow {
  readonly prompt: string;
  readonly tag: string;
  /** Which prompt of the file it belongs to, from 0. */
  readonly prompt_index: number;
  /** Word ids of the prompt, shape (text length,). */
  readonly text: Uint16Array;
  /** Codebook indices, shape (tokens,). */
  readonly tokens: Uint16Array;
  /** Step at which each token was committed, shape (tokens,). */
  readonly committed_at: Uint8Array;
  readonly seed: number;
  /** 1 where the detector found the image right, else 0. */
  readonly label: number;
}

/** Streams labelled generations into an Arrow file, which appears whole or not at all. */
export function writeLabelled(
  file: string,
  rows: Rows<LabelledRow>,
  shape: { readonly tokens: number; readonly words: number },
): Promise<WrittenFile> {
  return writeTable(file, labelledColumns(shape), rows, BATCH_ROWS);
}

/** Streams a file of labelled generations. Throws StoreError when it is damaged or something else. */
export function readLabelled(file: string): AsyncGenerator<LabelledRow> {
  return readTable(file, labelledColumns({ tokens: 0, words: 0 }));
}

/** `shape`: length of the lists; it does not matter to a reader. */
function labelledColumns(shape: { readonly tokens: number; readonly words: number }) {
  return {
    prompt: textColumn(),
    tag: textColumn(),
    prompt_index: numberColumn("uint32"),
    text: uint16ListColumn(shape.words),
    tokens: uint16ListColumn(shape.tokens),
    committed_at: uint8ListColumn(shape.tokens),
    seed: numberColumn("uint32"),
    label: numberColumn("uint16"),
  } as const;
}
