import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { type JudgeFileRow, readJudgeRows } from "../../../src/adapters/arrow/index.js";
import { writeLabelled } from "../../../src/adapters/arrow/labelled-file.js";
import { NOT_ASKED, QUESTIONS } from "../../../src/records/verdict.js";
import { encodePrompt } from "../../../src/scenes/language/vocabulary.js";

const TIMEOUT = 60_000;

/** Runs a script that writes judge rows and reads them back. */
async function written(script: string, flags: readonly string[], folder: string): Promise<JudgeFileRow[]> {
  const out = join(folder, "out.arrow");
  await execa("node", ["--import", "tsx", script, ...flags, "--out", out], { timeout: TIMEOUT });
  const rows: JudgeFileRow[] = [];
  for await (const row of readJudgeRows(out)) rows.push(row);
  return rows;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "espalier-judge-samples-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test(
  "labelled generations become answers about the outcome",
  async () => {
    const folder = temporaryFolder();
    const labelled = join(folder, "labelled.arrow");
    const row = {
      ...{ prompt: "a photo of a red star", tag: "colors", prompt_index: 0, seed: 7, label: 1 },
      text: encodePrompt("a photo of a red star"),
      tokens: Uint16Array.from({ length: 64 }, (_, at) => at),
      committed_at: new Uint8Array(64),
    };
    await writeLabelled(labelled, [row, { ...row, seed: 8, label: 0 }], { tokens: 64, words: 8 });
    const [right, wrong] = await written("scripts/build/judge-images.ts", ["--labelled", labelled], folder);
    expect(right).toMatchObject({ prompt: row.prompt, tag: "colors", step: 8, tokens: row.tokens });
    for (const [one, label] of [
      [right, 1],
      [wrong, 0],
    ] as const) {
      const expected = QUESTIONS.map((question) =>
        question === "outcome" || question === "process" ? label : NOT_ASKED,
      );
      expect(Array.from((one as JudgeFileRow).answers)).toEqual(expected);
    }
  },
  TIMEOUT,
);
