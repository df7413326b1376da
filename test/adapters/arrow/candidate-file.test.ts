import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { expect, test } from "vitest";
import {
  candidateFiles,
  readCandidates,
  verifyFile,
  writeCandidates,
} from "../../../src/adapters/arrow/index.js";
import { StoreError } from "../../../src/errors.js";
import { candidate, candidates, collect, TOKENS, temporaryFolder } from "./sample.js";

test.each([0, 1, 1024, 2500])("%d candidates come back as they were", async (count) => {
  const file = join(temporaryFolder(), "deep", "folder", "00000.arrow");
  const written = await writeCandidates(file, candidates(count), { tokens: TOKENS });
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  expect(written).toEqual({ file, rows: count, sha256 });
  expect(await collect(readCandidates(file))).toEqual([...candidates(count)]);
  await verifyFile(file, sha256);
});

test("the same rows make the same bytes, and the types are those of the contract", async () => {
  const folder = temporaryFolder();
  const [first, second] = await Promise.all(
    ["a.arrow", "b.arrow"].map((name) =>
      writeCandidates(join(folder, name), candidates(30), { tokens: TOKENS }),
    ),
  );
  expect(first?.sha256).toBe(second?.sha256);
  const { schema } = tableFromIPC(readFileSync(join(folder, "a.arrow")));
  expect(Object.fromEntries(schema.fields.map((field) => [field.name, String(field.type)]))).toEqual({
    id: "Utf8",
    prompt_id: "Utf8",
    prompt: "Utf8",
    seed: "Uint32",
    tokens: `FixedSizeList[${TOKENS}]<Uint16>`,
    committed_at: `FixedSizeList[${TOKENS}]<Uint8>`,
    steps: "Uint16",
    status: "Utf8",
    reason: "Utf8",
  });
});

test("a file cut anywhere is refused, with the cure", async () => {
  const file = join(temporaryFolder(), "cut.arrow");
  await writeCandidates(file, candidates(1500), { tokens: TOKENS });
  const whole = readFileSync(file);
  for (const size of [whole.length - 1, whole.length - 8, whole.length >> 1, 100, 3, 0]) {
    writeFileSync(file, whole);
    truncateSync(file, size);
    const error = await collect(readCandidates(file)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreError);
    expect(String(error)).toContain(`(${size} bytes) is cut short`);
    expect(String(error)).toContain("Give the command again that made it");
  }
});

test("other files are refused by what they are", async () => {
  const folder = temporaryFolder();
  const read = (name: string) => collect(readCandidates(join(folder, name)));
  writeFileSync(join(folder, "text"), "just text, nothing to see");
  writeFileSync(
    join(folder, "fake"),
    Buffer.from("not arrow but well ended\xff\xff\xff\xff\0\0\0\0", "latin1"),
  );
  await expect(read("text")).rejects.toThrow(/cut short or no Arrow stream/);
  await expect(read("fake")).rejects.toThrow(StoreError);
  await expect(read("missing")).rejects.toThrow(/cannot be opened \(ENOENT\)/);
  await expect(collect(readCandidates("test/contract/pairs.arrow"))).rejects.toThrow(
    /another kind of Arrow file: expected column "id" of type Utf8, got columns pair_id, prompt/,
  );
});

test("a file that changed is told by its hash", async () => {
  const file = join(temporaryFolder(), "changed.arrow");
  const { sha256 } = await writeCandidates(file, candidates(10), { tokens: TOKENS });
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
  writeFileSync(file, bytes);
  await expect(verifyFile(file, sha256)).rejects.toThrow(/has changed since it was written/);
  await expect(verifyFile(`${file}.gone`, sha256)).rejects.toThrow(/cannot be read \(ENOENT\)/);
});

test("a failing source leaves no file behind, and an older file untouched", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "00000.arrow");
  await writeCandidates(file, candidates(3), { tokens: TOKENS });
  const failing = async function* () {
    yield* candidates(2000);
    throw new Error("sampler stopped");
  };
  await expect(writeCandidates(file, failing(), { tokens: TOKENS })).rejects.toThrow("sampler stopped");
  expect(readdirSync(folder)).toEqual(["00000.arrow"]);
  expect(await collect(readCandidates(file))).toHaveLength(3);
});

test("a row of another length is refused by column", async () => {
  const file = join(temporaryFolder(), "x.arrow");
  const write = writeCandidates(file, [{ ...candidate(0), tokens: Uint16Array.of(1) }], { tokens: TOKENS });
  await expect(write).rejects.toThrow(/column "tokens": expected lists of 64 values, got one of 1/);
});

test("single candidates are read by place, and a place that is not there is an error", async () => {
  const folder = temporaryFolder();
  for (const index of [0, 1, 2]) {
    await writeCandidates(join(folder, `${index}.arrow`), [candidate(index), candidate(index + 10)], {
      tokens: TOKENS,
    });
  }
  const files = candidateFiles(folder, 2);
  for (const index of [0, 1, 2, 0]) {
    expect(await files.read({ file: `${index}.arrow`, row: 1 })).toEqual(candidate(index + 10));
  }
  await expect(files.read({ file: "0.arrow", row: 2 })).rejects.toThrow(
    /0.arrow has 2 rows: expected one at 2/,
  );
  await expect(files.read({ file: "../0.arrow", row: 0 })).rejects.toThrow(/leaves its folder/);
});

test("rows are on their way to the disk while later ones are made", async () => {
  const folder = temporaryFolder();
  const sizes: number[] = [];
  const watched = function* () {
    for (const [number, row] of [...candidates(8)].entries()) {
      for (let repeat = 0; repeat < 1024; repeat++) yield row;
      sizes.push(number === 0 ? 0 : statSync(join(folder, ".large.arrow.partial")).size);
    }
  };
  await writeCandidates(join(folder, "large.arrow"), watched(), { tokens: TOKENS });
  const batch = 1024 * TOKENS * 3;
  // When batch n has been made, the n before it are written.
  for (const [number, size] of sizes.entries()) expect(size).toBeGreaterThanOrEqual(number * batch);
});
