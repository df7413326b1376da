import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { hashDistance, perceptualHash } from "../../../src/adapters/images/index.js";
import { openStore, queryLedger } from "../../../src/adapters/store/index.js";
import { StoreError } from "../../../src/errors.js";
import { workspacePaths } from "../../../src/paths.js";
import type { Pixels } from "../../../src/records/image.js";
import { type LookedInto, ledgerSchema, lookInto } from "../../../src/runner/inspection/look-into.js";

const EXPORTS = join(import.meta.dirname, "../../contract/exports");
const workspace = mkdtempSync(join(tmpdir(), "espalier-look-"));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));
openStore(workspacePaths(workspace)).close();

test("a file is described with its ties, sizes, histograms and a sheet of samples", async () => {
  const options = { workspace, format: "parquet", samples: 2 } as const;
  const { sheet, ...found } = (await lookInto(join(EXPORTS, "parquet.parquet"), options)) as LookedInto;
  expect(found).toMatchObject({
    preferences: 3,
    pairs: 2,
    ties: 1,
    images: 6,
    sizes: { "64 x 64": 6 },
    identical: 0,
  });
  expect(found.carried).toEqual({ id: 6, seed: 6, score: 6, tokens: 6, committedAt: 6 });
  expect(found.margins.reduce((sum, count) => sum + count, 0)).toBe(2);
  expect(found.scores.reduce((sum, count) => sum + count, 0)).toBe(6);
  expect(sheet?.cells).toHaveLength(4);
  const bare = await lookInto(join(EXPORTS, "trl.parquet"), { ...options, format: "trl", samples: 0 });
  expect(bare).toMatchObject({
    columns: ["prompt", "chosen", "rejected"],
    pairs: 2,
    ties: 0,
    carried: { id: 4 },
    sheet: null,
  });
});

test("what is neither a file nor a stage is refused", async () => {
  const nothing = lookInto("ffff", { workspace, format: "parquet", samples: 1 });
  await expect(nothing).rejects.toThrow(StoreError);
});

test("the schema names every table with its columns", () => {
  const pairs = ledgerSchema(workspace).find(({ table }) => table === "pairs");
  expect(pairs?.columns).toContain("shared_steps");
});

test("SQL reads and never writes", () => {
  const paths = workspacePaths(workspace);
  expect(queryLedger(paths, "SELECT 1 AS one, 'a' AS letter UNION SELECT 2, 'b'", 1)).toEqual({
    columns: ["one", "letter"],
    rows: [[1, "a"]],
    cut: true,
  });
  const refused = [
    "DELETE FROM runs",
    "DROP TABLE runs",
    "INSERT INTO lease VALUES (1, 1, '', '', 1) RETURNING id",
  ];
  for (const sql of [
    ...refused,
    "PRAGMA user_version = 7",
    "ATTACH 'x.db' AS x",
    "SELECT nothing",
    "",
    "SELECT 1; SELECT 2",
    "SELECT :x",
    "SELECT ?",
  ]) {
    expect(() => queryLedger(paths, sql, 10), sql).toThrow(StoreError);
  }
  expect(queryLedger(paths, "SELECT count(*) FROM lease", 10).rows).toEqual([[0]]);
  expect(queryLedger(paths, "PRAGMA user_version", 10).rows).toEqual([[0]]);
});

test("images that look alike have near hashes, others have not", () => {
  const scene = (left: number, color: readonly number[]): Pixels => {
    const data = new Uint8Array(64 * 64 * 3).fill(230);
    for (let y = 20; y < 44; y++) for (let x = left; x < left + 24; x++) data.set(color, (y * 64 + x) * 3);
    return { width: 64, height: 64, data };
  };
  const red = perceptualHash(scene(8, [200, 30, 30]));
  expect(hashDistance(red, perceptualHash(scene(8, [205, 33, 28])))).toBeLessThanOrEqual(2);
  expect(hashDistance(red, perceptualHash(scene(8, [30, 30, 235])))).toBeGreaterThan(6);
  expect(hashDistance(red, perceptualHash(scene(32, [200, 30, 30])))).toBeGreaterThan(6);
});
