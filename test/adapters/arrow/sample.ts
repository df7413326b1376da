import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { CandidateFileRow } from "../../../src/adapters/arrow/index.js";

export const TOKENS = 64;

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "espalier-arrow-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Made-up candidate `number`; no two are alike. */
export function candidate(number: number): CandidateFileRow {
  return {
    id: number.toString(16).padStart(24, "0"),
    promptId: "0a00000000000000",
    prompt: `prompt ${number % 10} – ünïcode`,
    seed: 4294967295 - number,
    tokens: Uint16Array.from({ length: TOKENS }, (_, index) => (number * 31 + index * 1021) % 65536),
    committedAt: Uint8Array.from({ length: TOKENS }, (_, index) => (number + index) % 256),
    steps: 12,
    status: number % 3 === 0 ? "dropped" : "finished",
    reason: number % 3 === 0 ? "low potential" : "",
  };
}

export function* candidates(count: number): Generator<CandidateFileRow> {
  for (let number = 0; number < count; number++) yield candidate(number);
}

export async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const collected: Row[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}
