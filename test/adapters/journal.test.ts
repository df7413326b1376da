import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openJournal, removeJournal } from "../../src/adapters/journal.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const values = {
  first: { tokens: Uint16Array.of(0, 256, 65535), at: Uint8Array.of(0, 255), reason: "a\nb\u2028c", seed: 7 },
  second: [{ candidates: [{ tokens: new Uint16Array(0) }], score: 0.1 + 0.2 }],
  third: { text: "ünïcödé" },
};

async function filled(name: string): Promise<string> {
  const file = join(folder, name, ".00000.unfinished");
  const journal = await openJournal(file);
  for (const [key, value] of Object.entries(values)) journal.keep(key, value);
  return file;
}

async function found(file: string): Promise<Record<string, unknown>> {
  const journal = await openJournal(file);
  const keys = [...Object.keys(values), "fourth"];
  return Object.fromEntries(keys.flatMap((key) => (journal.find(key) ? [[key, journal.find(key)]] : [])));
}

test("what was kept is found again, lists of integers among it, until the file is taken away", async () => {
  const file = await filled("whole");
  expect(await found(file)).toEqual(values);
  removeJournal(file);
  removeJournal(file);
  expect(await found(file)).toEqual({});
});

test("an entry that a kill cut short is not there, and what is kept after it is", async () => {
  const file = await filled("cut");
  truncateSync(file, readFileSync(file).length - 5);
  const { third: _, ...rest } = values;
  expect(await found(file)).toEqual(rest);
  (await openJournal(file)).keep("fourth", { text: "later" });
  expect(await found(file)).toEqual({ ...rest, fourth: { text: "later" } });
});

test("no byte of the file can be changed without its entry being left out", async () => {
  const file = await filled("changed");
  const bytes = readFileSync(file);
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    writeFileSync(file, changed);
    const entries = Object.entries(await found(file));
    expect(entries.length).toBeGreaterThan(0);
    for (const [key, value] of entries) expect(value).toEqual(values[key as keyof typeof values]);
  }
});
