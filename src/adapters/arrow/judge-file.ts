import { REASONS } from "../../records/reasons.js";
import { QUESTIONS } from "../../records/verdict.js";
import type { Rows } from "./batch-file.js";
import { numberColumn, textColumn, uint8ListColumn, uint16ListColumn, wordsColumn } from "./columns.js";
import type { JudgeFileRow, WrittenFile } from "./rows.js";
import { type RowOf, readTable, writeTable } from "./table-file.js";

/** Rows in memory at a time; about 400 bytes each. */
const BATCH_ROWS = 1024;

/**
 * Streams labelled images into an Arrow file, which appears whole or not at all. `shape.tokens`: image tokens; `shape.text`:
 * word ids of a prompt. `answers` and `reasons` are in the order of QUESTIONS and REASONS.
 */
export function writeJudgeRows(
  file: string,
  rows: Rows<JudgeFileRow>,
  shape: { readonly tokens: number; readonly text: number; readonly wide?: boolean },
): Promise<WrittenFile> {
  return writeTable(file, judgeColumns(shape), toTable(rows), BATCH_ROWS);
}

/** Streams a file of labelled images. Throws StoreError when it is damaged or something else. */
export async function* readJudgeRows(file: string): AsyncGenerator<JudgeFileRow> {
  for await (const { prompt_id: promptId, ...row } of readTable(file, judgeColumns({ tokens: 0, text: 0 }))) {
    yield { ...row, promptId };
  }
}

/** `shape`: lengths of the lists; they do not matter to a reader. */
function judgeColumns(shape: Parameters<typeof writeJudgeRows>[2]) {
  return {
    prompt_id: textColumn(),
    prompt: textColumn(),
    tag: textColumn(),
    text: wordsColumn(shape.text, shape.wide),
    path: textColumn(),
    step: numberColumn("uint16"),
    steps: numberColumn("uint16"),
    tokens: uint16ListColumn(shape.tokens),
    settled: uint8ListColumn(shape.tokens),
    answers: uint8ListColumn(QUESTIONS.length),
    reasons: uint8ListColumn(REASONS.length),
    written: textColumn(),
  } as const;
}

async function* toTable(rows: Rows<JudgeFileRow>): AsyncGenerator<RowOf<ReturnType<typeof judgeColumns>>> {
  for await (const { promptId, ...row } of rows) yield { ...row, prompt_id: promptId };
}
