import { expect, test } from "vitest";
import { ALIKE_BITS, encodePng, HASH_BITS, HashList, hashDistance } from "../../src/adapters/images/index.js";
import type { Pixels } from "../../src/records/image.js";
import { imageOverlap, type SetImage } from "../../src/stages/image-overlap.js";
import { nearDuplicates } from "../../src/stages/pairs/near-duplicates.js";

/** A square of one colour, `left` pixels from the left, on a grey ground that is a little lighter under `light`. */
function scene(left: number, rgb: readonly number[], light = 0): Pixels {
  const data = new Uint8Array(64 * 64 * 3).fill(120 + light);
  for (let y = 20; y < 44; y++) for (let x = left; x < left + 20; x++) data.set(rgb, (y * 64 + x) * 3);
  return { width: 64, height: 64, data };
}

const red = [200, 30, 30];
async function* each(...images: readonly SetImage[]): AsyncGenerator<SetImage> {
  yield* images;
}

test("a list of hashes finds exactly those that differ in few bits", () => {
  const list = new HashList();
  let state = 7;
  const random = () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return (state >>> 0) / 2 ** 32;
  };
  const hashes = Array.from({ length: 300 }, () =>
    Uint8Array.from({ length: HASH_BITS }, () => Number(random() < 0.5)),
  );
  for (const hash of hashes) list.add(hash);
  let found = 0;
  for (let flips = 0; flips < 14; flips++) {
    const hash = Uint8Array.from(hashes[flips * 20] as Uint8Array);
    for (let flip = 0; flip < flips; flip++) hash[flip * 13] = 1 - (hash[flip * 13] as number);
    const expected = hashes.flatMap((one, place) => (hashDistance(one, hash) <= ALIKE_BITS ? [place] : []));
    expect([...list.alike(hash)]).toEqual(expected);
    found += expected.length;
  }
  expect(found).toBe(ALIKE_BITS + 1);
});

test("images that two sets share are told from those that look alike, and each is counted once", async () => {
  const tokens = Uint16Array.of(1, 2, 3);
  const held = [
    { pixels: scene(4, red) },
    { pixels: scene(36, red) },
    // Another picture of the same tokens, as another decoder would make it.
    { pixels: scene(20, [30, 30, 200]), tokens },
    { pixels: scene(4, [30, 200, 30]) },
  ];
  const other = [
    { pixels: scene(4, red) },
    { pixels: scene(4, red) },
    { pixels: scene(36, [205, 33, 28], 1) },
    { pixels: scene(20, [240, 240, 30]), tokens },
  ];
  expect(await imageOverlap(each(...held), each(...other))).toEqual({ images: 4, identical: 2, alike: 1 });
  expect(await imageOverlap(each(...held), each())).toEqual({ images: 4, identical: 0, alike: 0 });
});

test("near duplicates of a pair set are counted within a prompt, an image that is in two pairs once", async () => {
  const side = async (id: string, pixels: Pixels) => {
    const [tokens, committedAt] = [new Uint16Array(0), new Uint8Array(0)];
    return { id, seed: 0, score: 1, tokens, committedAt, png: await encodePng(pixels) };
  };
  const a = await side("a", scene(4, red));
  const b = await side("b", scene(4, [203, 31, 30], 1));
  const c = await side("c", scene(36, red));
  const d = await side("d", scene(4, [30, 30, 200]));
  async function* rows() {
    yield { prompt: "one", chosen: a, rejected: b };
    yield { prompt: "one", chosen: a, rejected: c };
    yield { prompt: "one", chosen: d, rejected: c };
    // The same images under another prompt.
    yield { prompt: "two", chosen: a, rejected: c };
  }
  expect(await nearDuplicates(rows())).toEqual({ pairs: 1, images: 1 });
});
