import type { Rows } from "./batch-file.js";
import { numberColumn, textColumn } from "./columns.js";
import type { AnswerRow, WrittenFile } from "./rows.js";
import { type RowOf, readTable, writeTable } from "./table-file.js";

const BATCH_ROWS = 4096;

/** Streams a judge's answers about labelled images into an Arrow file, which appears whole or not at all. */
export function writeAnswers(file: string, rows: Rows<AnswerRow>): Promise<WrittenFile> {
  return writeTable(file, COLUMNS, toTable(rows), BATCH_ROWS);
}

/** Streams a file of answers. Throws StoreError when it is damaged or something else. */
export async function* readAnswers(file: string): AsyncGenerator<AnswerRow> {
  for await (const { prompt_id: promptId, score, failure, label, ...row } of readTable(file, COLUMNS)) {
    const question = row.question as AnswerRow["question"];
    yield { ...row, promptId, question, correct: label === 1, score: failure === "" ? score : null, failure };
  }
}

const COLUMNS = {
  prompt_id: textColumn(),
  tag: textColumn(),
  path: textColumn(),
  step: numberColumn("uint16"),
  question: textColumn(),
  label: numberColumn("uint16"),
  score: numberColumn("float64"),
  failure: textColumn(),
} as const;

async function* toTable(rows: Rows<AnswerRow>): AsyncGenerator<RowOf<typeof COLUMNS>> {
  for await (const { promptId, correct, score, ...row } of rows) {
    yield { ...row, prompt_id: promptId, label: Number(correct), score: score ?? Number.NaN };
  }
}
