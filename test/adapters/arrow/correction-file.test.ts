import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { expect, test } from "vitest";
import { writeCorrections } from "../../../src/adapters/arrow/correction-file.js";
import { type LabelledRow, readLabelled, writeLabelled } from "../../../src/adapters/arrow/labelled-file.js";
import { reasonFlags } from "../../../src/records/reasons.js";
import { collect, temporaryFolder } from "./sample.js";

const SHAPE = { tokens: 4, words: 2 };

test("a correction group has the columns that the trainer reads", async () => {
  const row = {
    prompt: "a photo of a red star",
    tag: "colors",
    text: Uint16Array.of(17, 4),
    bad_tokens: Uint16Array.of(1, 2, 3, 4),
    good_tokens: Uint16Array.of(1, 2, 1000, 4),
    reasons: reasonFlags(["first wrong color"]),
  };
  const file = join(temporaryFolder(), "corrections.arrow");
  expect((await writeCorrections(file, [row, row], SHAPE)).rows).toBe(2);
  const table = tableFromIPC(readFileSync(file));
  const types = Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, String(type)]));
  expect(types).toEqual({
    prompt: "Utf8",
    tag: "Utf8",
    text: "FixedSizeList[2]<Uint16>",
    bad_tokens: "FixedSizeList[4]<Uint16>",
    good_tokens: "FixedSizeList[4]<Uint16>",
    reasons: "FixedSizeList[10]<Uint8>",
  });
  expect(table.getChild("good_tokens")?.get(1).toArray()).toEqual(row.good_tokens);
  expect(Array.from(table.getChild("reasons")?.get(1).toArray() ?? [])).toEqual([
    0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
  ]);
});

test("labelled generations are read back as they were written", async () => {
  const rows = [0, 1, 2].map(
    (at): LabelledRow => ({
      prompt: `prompt ${at}`,
      tag: "counting",
      prompt_index: at,
      text: Uint16Array.of(at, 5),
      tokens: Uint16Array.of(at, 2, 3, 1023),
      committed_at: Uint8Array.of(at, 0, 7, 255),
      seed: 4294967295 - at,
      label: at % 2,
    }),
  );
  const file = join(temporaryFolder(), "labelled.arrow");
  await writeLabelled(file, rows, SHAPE);
  expect(await collect(readLabelled(file))).toEqual(rows);
});
