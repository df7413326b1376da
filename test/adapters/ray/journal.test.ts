import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { JournalReader, JournalWriter } from "../../../src/adapters/ray/index.js";

test("a journal is read line by line as it grows; a torn line is left out, whoever writes next", () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "deep", "orders.jsonl");
  const reader = new JournalReader(file);
  expect(reader.read()).toEqual([]);
  const writer = new JournalWriter(file);
  writer.append({ one: 1 });
  writer.append({ text: "ü\n" });
  expect(reader.read()).toEqual([{ one: 1 }, { text: "ü\n" }]);
  expect(reader.read()).toEqual([]);
  appendFileSync(file, '{"torn": tr');
  expect(reader.read()).toEqual([]);
  new JournalWriter(file).append({ three: 3 });
  expect(reader.read()).toEqual([{ three: 3 }]);
  expect(new JournalReader(file).read()).toHaveLength(3);
});
