import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Member, readSampleRows, writeTarShards } from "../../../src/adapters/tar/index.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-tar-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const fileOf = (shard: number) => join(folder, `set-${shard}.tar`);
const LONG = "k".repeat(150);

async function* samples(count: number, size = 700): AsyncGenerator<Member[]> {
  for (let index = 0; index < count; index++)
    yield [
      { name: `${LONG}${index}.jpg_0.jpg`, bytes: Buffer.alloc(size, index) },
      { name: `${LONG}${index}.txt`, bytes: Buffer.from(`Füchse ${index}`) },
      { name: `${LONG}${index}.json`, bytes: Buffer.from(JSON.stringify({ index })) },
    ];
}

async function rowsOf(file: string): Promise<Readonly<Record<string, unknown>>[]> {
  const rows = [];
  for await (const row of readSampleRows(file)) rows.push(row);
  return rows;
}

test("samples come back whole and in order, from shards that do not split them, in the same bytes each time", async () => {
  expect(await writeTarShards(fileOf, samples(20), 20_000)).toBe(7);
  const first = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  const rows = (await Promise.all(Array.from({ length: 7 }, (_, shard) => rowsOf(fileOf(shard))))).flat();
  expect(rows.map(({ json }) => json)).toEqual(Array.from({ length: 20 }, (_, index) => ({ index })));
  expect(rows[7]).toMatchObject({ __key__: `${LONG}7`, txt: "Füchse 7" });
  expect(Buffer.from(rows[7]?.["jpg_0.jpg"] as Uint8Array).equals(Buffer.alloc(700, 7))).toBe(true);
  await writeTarShards(fileOf, samples(20), 20_000);
  expect(readdirSync(folder).map((name) => readFileSync(join(folder, name)))).toEqual(first);
});

test("a shard that is cut short or damaged, and JSON that is none, are refused by name", async () => {
  await writeTarShards(fileOf, samples(2), 1e9);
  const whole = readFileSync(fileOf(0));
  writeFileSync(fileOf(0), whole.subarray(0, 1500));
  await expect(rowsOf(fileOf(0))).rejects.toThrow(/set-0\.tar cannot be read as tar: .*get it again/);
  const damaged = Buffer.from(whole);
  damaged.fill(0x41, 100, 110);
  writeFileSync(fileOf(0), damaged);
  await expect(rowsOf(fileOf(0))).rejects.toThrow("cannot be read as tar");
  const odd = async function* () {
    yield [{ name: "1.json", bytes: Buffer.from("{") }];
  };
  await writeTarShards(fileOf, odd(), 1e9);
  await expect(rowsOf(fileOf(0))).rejects.toThrow(/sample 1: expected JSON in its member json/);
});

test("what fails in the middle of a shard leaves none behind", async () => {
  const failing = async function* () {
    yield* samples(1);
    throw new Error("gone");
  };
  await expect(writeTarShards(fileOf, failing(), 1e9)).rejects.toThrow("gone");
  expect(readdirSync(folder)).toEqual([]);
});
