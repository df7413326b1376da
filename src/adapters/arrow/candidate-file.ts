import type { CandidateStatus } from "../../records/candidate.js";
import type { Rows } from "./batch-file.js";
import { imageColumn, numberColumn, textColumn, uint8ListColumn, uint16ListColumn } from "./columns.js";
import type { CandidateFileRow, DrawingFileRow, WrittenFile } from "./rows.js";
import { type RowOf, readTable, writeTable } from "./table-file.js";

/** Candidates in memory at a time; about 400 bytes each. */
const BATCH_ROWS = 1024;

/** Streams candidates into an Arrow file, which appears whole or not at all. `shape.tokens`: image tokens of each. */
export function writeCandidates(
  file: string,
  rows: Rows<CandidateFileRow>,
  shape: { readonly tokens: number },
): Promise<WrittenFile> {
  return writeTable(file, candidateColumns(shape.tokens), toTable(rows), BATCH_ROWS);
}

/** Streams a file of candidates, or those rows of it that are `wanted`. Throws StoreError when it is damaged or something else. */
export async function* readCandidates(
  file: string,
  wanted?: ReadonlySet<number>,
): AsyncGenerator<CandidateFileRow> {
  for await (const row of readTable(file, candidateColumns(0), wanted)) yield fromTable(row);
}

/** Streams candidates that are pictures into an Arrow file, as `writeCandidates`. Their bytes stay where they are: `image` opens as one in `datasets`. */
export function writeDrawings(file: string, rows: Rows<DrawingFileRow>): Promise<WrittenFile> {
  return writeTable(file, DRAWING_COLUMNS, drawingTable(rows), BATCH_ROWS);
}

/** Ids of a file of drawings, in order. Throws StoreError when it is damaged or something else. */
export async function* readDrawingIds(file: string): AsyncGenerator<string> {
  for await (const { id } of readTable(file, { id: DRAWING_COLUMNS.id })) yield id;
}

/** `tokens`: length of the lists; it does not matter to a reader. */
function candidateColumns(tokens: number) {
  return {
    ...PATH.begun,
    tokens: uint16ListColumn(tokens),
    committed_at: uint8ListColumn(tokens),
    ...PATH.ended,
  } as const;
}

const PATH = {
  begun: { id: textColumn(), prompt_id: textColumn(), prompt: textColumn(), seed: numberColumn("uint32") },
  ended: { steps: numberColumn("uint16"), status: textColumn(), reason: textColumn() },
} as const;

const DRAWING_COLUMNS = {
  ...PATH.begun,
  image: imageColumn(),
  sha256: textColumn(),
  width: numberColumn("uint32"),
  height: numberColumn("uint32"),
  ...PATH.ended,
} as const;

async function* drawingTable(rows: Rows<DrawingFileRow>): AsyncGenerator<RowOf<typeof DRAWING_COLUMNS>> {
  for await (const { id, promptId, prompt, seed, picture, path, steps, status, reason } of rows) {
    const { sha256, width, height } = picture;
    const image = { bytes: null, path };
    yield { id, prompt_id: promptId, prompt, seed, image, sha256, width, height, steps, status, reason };
  }
}

type TableRow = RowOf<ReturnType<typeof candidateColumns>>;

async function* toTable(rows: Rows<CandidateFileRow>): AsyncGenerator<TableRow> {
  for await (const { promptId, committedAt, ...row } of rows) {
    yield { ...row, prompt_id: promptId, committed_at: committedAt };
  }
}

function fromTable({ prompt_id, committed_at, ...row }: TableRow): CandidateFileRow {
  return { ...row, promptId: prompt_id, committedAt: committed_at, status: row.status as CandidateStatus };
}
