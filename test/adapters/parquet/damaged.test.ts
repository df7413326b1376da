import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metadataFault } from "../../../src/adapters/parquet/check-metadata.js";
import { readParquet, writeParquet } from "../../../src/adapters/parquet/index.js";
import { StoreError } from "../../../src/errors.js";
import { temporaryFolder } from "../../temporary-folders.js";

const FIXTURES = join(import.meta.dirname, "../../fixtures/exchange");
const COLUMNS = ["prompt", "chosen", "rejected", "text"];

async function readAll(file: string): Promise<number> {
  let rows = 0;
  for await (const _ of readParquet(file, COLUMNS)) rows += 1;
  return rows;
}

test("a flipped byte of what a file says of itself is a clear error or does no harm, and never takes long", async () => {
  const whole = readFileSync(join(FIXTURES, "none.parquet"));
  const file = join(temporaryFolder("espalier-parquet-"), "flipped.parquet");
  const footer = whole.readUInt32LE(whole.length - 8);
  let refused = 0;
  const begun = Date.now();
  for (let at = whole.length - 8 - footer; at < whole.length; at += 5) {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ (at % 2 === 0 ? 0x80 : 0xff);
    writeFileSync(file, bytes);
    const ended = await readAll(file).catch((error: unknown) => error);
    if (typeof ended === "number") continue;
    refused += 1;
    expect(ended).toBeInstanceOf(StoreError);
    expect((ended as Error).message).toContain(file);
  }
  expect(refused).toBeGreaterThan(30);
  expect(Date.now() - begun).toBeLessThan(60_000);
});

test("counts that do not add up are refused before anything is allocated by them", async () => {
  const file = join(temporaryFolder("espalier-parquet-"), "counts.parquet");
  const rows = async function* () {
    for (let row = 0; row < 9000; row++) yield { text: `row ${row % 7}` };
  };
  await writeParquet(file, { text: "text" }, rows());
  expect(await readAll(file)).toBe(9000);
  const bytes = readFileSync(file);
  // 9000 in Thrift's compact form: zigzag, seven bits a byte.
  const at = bytes.lastIndexOf(Buffer.from([0xd0, 0x8c, 0x01]));
  expect(at).toBeGreaterThan(0);
  bytes[at + 2] = 0x7f;
  writeFileSync(file, bytes);
  await expect(readAll(file)).rejects.toThrow(
    /counts\.parquet cannot be read as Parquet: .*(rows|values).*\. It is cut short or damaged/,
  );
});

test("each count and place is held against the others", () => {
  const sizes = { total_compressed_size: 40n, total_uncompressed_size: 60n, data_page_offset: 4n };
  const column = (more: object) => ({
    meta_data: { path_in_schema: ["text"], num_values: 9n, ...sizes, ...more },
  });
  const fault = (columns: object[], num_rows = 9n, repetition_type = "OPTIONAL") =>
    metadataFault(
      {
        num_rows: 9n,
        schema: [
          { name: "schema", num_children: 1 },
          { name: "text", type: "BYTE_ARRAY", repetition_type },
        ],
        row_groups: [{ columns, num_rows }],
      } as unknown as Parameters<typeof metadataFault>[0],
      100,
    );
  expect(fault([column({})])).toBeUndefined();
  expect(fault([column({ num_values: 20n })], 9n, "REPEATED")).toBeUndefined();
  expect(fault([column({ num_values: 2n ** 40n })])).toMatch(
    /column text of row group 0 has 1099511627776 values for 9 rows/,
  );
  expect(fault([column({})], 2n ** 27n)).toMatch(/9 values for 134217728 rows/);
  expect(fault([column({})], -1n)).toMatch(/says that it has -1 rows/);
  expect(fault([column({ data_page_offset: 90n })])).toMatch(/lies at 90 with 40 bytes, in a file of 100/);
  expect(fault([{}])).toMatch(/says nothing of a column/);
});
