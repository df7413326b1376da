import { createHash } from "node:crypto";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import {
  type AnyPairRow,
  type PictureSide,
  readAnyPairs,
  readArrowRows,
  readPairs,
  shapeOfPair,
  writePairs,
  writePictures,
} from "../../../src/adapters/arrow/index.js";
import { collect, temporaryFolder } from "./sample.js";

const BYTES = Buffer.from("not really a picture");
const SHA = createHash("sha256").update(BYTES).digest("hex");

function side(id: string, seed: number | null): PictureSide {
  const picture = { sha256: SHA, path: `/far/${id}.jpg` };
  return { id, seed, score: 0.5, picture, metadata: { model: "x", steps: 4 }, encoded: async () => BYTES };
}

const PAIR: AnyPairRow = {
  ...{ id: "pair", prompt: "ein Bär – 熊", tag: "", margin: 0.25, text: new Uint16Array() },
  chosen: side("c".repeat(24), 7),
  rejected: side("d".repeat(24), null),
};

const bytesOf = async (sha256: string, path: string) => Buffer.from(`${sha256} of ${path}`);
const plain = (pair: PictureSide) => JSON.parse(JSON.stringify(pair));

test("pairs of pictures refer to them by path, and hold them where that is asked for", async () => {
  const folder = temporaryFolder();
  const [referred, held] = [join(folder, "referred.arrow"), join(folder, "held.arrow")];
  expect(shapeOfPair(PAIR)).toEqual({ pictures: "referred" });
  await writePairs(referred, [PAIR], shapeOfPair(PAIR));
  await writePairs(held, [PAIR], { pictures: "held" });
  const [one] = await collect(readAnyPairs(referred, bytesOf));
  const [other] = await collect(readAnyPairs(held, bytesOf));
  expect(plain((one as AnyPairRow).chosen as PictureSide)).toEqual(plain(PAIR.chosen as PictureSide));
  expect(one).toMatchObject({ id: "pair", prompt: PAIR.prompt, margin: 0.25, rejected: { seed: null } });
  const encoded = await ((one as AnyPairRow).chosen as PictureSide).encoded();
  expect(encoded.toString()).toBe(`${SHA} of /far/${"c".repeat(24)}.jpg`);
  expect(Buffer.from(await ((other as AnyPairRow).rejected as PictureSide).encoded())).toEqual(BYTES);
  await expect(collect(readPairs(held))).rejects.toThrow(/another kind of Arrow file/);
});

test("pairs of token grids are read by the same reader", async () => {
  const rows = await collect(readAnyPairs("test/contract/pairs.arrow", bytesOf));
  expect(rows).toEqual(await collect(readPairs("test/contract/pairs.arrow")));
});

test("pyarrow reads both kinds: struct{bytes, path}, the Hugging Face feature beside it", async () => {
  const folder = temporaryFolder();
  const [pairs, pictures] = [join(folder, "pairs.arrow"), join(folder, "pictures.arrow")];
  await writePairs(pairs, [PAIR], { pictures: "referred" });
  const picture = { sha256: SHA, format: "jpeg", width: 3, height: 2, bytes: BYTES.length } as const;
  const row = {
    id: "i",
    promptId: "p",
    prompt: "a cat",
    seed: null,
    picture,
    path: "/far/a.jpg",
    metadata: { a: 1 },
  };
  await writePictures(pictures, [row, { ...row, seed: 4294967295 }]);
  const program = `
import json, sys, pyarrow as pa
for name, column in zip(sys.argv[1:], ("chosen", "image")):
    table = pa.ipc.open_stream(name).read_all()
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    print(json.dumps([table.to_pylist()[0][column], features[column]]))
`;
  const { stdout } = await execa(".venv/bin/python", ["-c", program, pairs, pictures]);
  const [ofPair, ofPicture] = stdout.split("\n").map((line) => JSON.parse(line));
  expect(ofPair).toEqual([{ bytes: null, path: `/far/${"c".repeat(24)}.jpg` }, { _type: "Image" }]);
  expect(ofPicture).toEqual([{ bytes: null, path: "/far/a.jpg" }, { _type: "Image" }]);
  const back = await collect(readArrowRows(pictures, ["seed", "metadata", "width"]));
  expect(back).toEqual([
    { seed: null, metadata: '{"a":1}', width: 3 },
    { seed: 4294967295, metadata: '{"a":1}', width: 3 },
  ]);
});
