import { ALIKE_BITS, decodeImage, hashDistance, perceptualHash } from "../../adapters/images/index.js";
import type { Preference } from "../../records/preference.js";
import { rankOf } from "../seeds.js";
import { comparedImages } from "./preference-pairs.js";
import { readImage } from "./prepare-images.js";

/** What a set of preferences holds. */
export interface SetDescription {
  readonly preferences: number;
  readonly pairs: number;
  readonly ties: number;
  readonly images: number;
  /** What its images carry beside their bytes, with how many have it. */
  readonly carried: Readonly<Record<string, number>>;
  /** Images by size, "64 x 64". */
  readonly sizes: Readonly<Record<string, number>>;
  /** Pairs and ties whose two images are the same to the pixel, and others that look alike. */
  readonly identical: number;
  readonly alike: number;
  /** Scores given, and margins of the pairs: from 0 to below 0.1, and so on. */
  readonly scores: readonly number[];
  readonly margins: readonly number[];
}

const BINS = 10;
const CARRIED = ["id", "seed", "score", "tokens", "committedAt"] as const;

/** Streams over a set once. `samples` random preferences of it are kept, the same ones at every call. */
export async function describePreferences(
  preferences: AsyncIterable<Preference>,
  samples: number,
): Promise<{ description: SetDescription; samples: readonly Preference[] }> {
  const counts = { preferences: 0, pairs: 0, ties: 0, images: 0, identical: 0, alike: 0 };
  const carried: Record<string, number> = {};
  const sizes: Record<string, number> = {};
  const [scores, margins] = [new Array<number>(BINS).fill(0), new Array<number>(BINS).fill(0)];
  let kept: { rank: string; preference: Preference }[] = [];
  for await (const preference of preferences) {
    counts.preferences += 1;
    const hashes = new Map<Uint8Array, { hash: Uint8Array; data: Uint8Array }>();
    for (const image of preference.images) {
      counts.images += 1;
      const pixels = await readImage(preference.where, () => decodeImage(image.bytes), image.bytes);
      hashes.set(image.bytes, { hash: perceptualHash(pixels), data: pixels.data });
      for (const name of CARRIED) if (image[name] !== undefined) add(carried, name);
      add(sizes, `${pixels.width} x ${pixels.height}`);
      if (image.score !== undefined) bin(scores, image.score);
    }
    for (const { better, worse, tie, betterScore, worseScore } of comparedImages(preference)) {
      counts[tie ? "ties" : "pairs"] += 1;
      if (!tie) bin(margins, betterScore - worseScore);
      const [one, other] = [hashes.get(better.bytes), hashes.get(worse.bytes)];
      if (one === undefined || other === undefined) continue;
      if (Buffer.from(one.data).equals(other.data)) counts.identical += 1;
      else if (hashDistance(one.hash, other.hash) <= ALIKE_BITS) counts.alike += 1;
    }
    kept = [...kept, { rank: rankOf(preference.where, "sample"), preference }];
    kept.sort((one, other) => (one.rank < other.rank ? -1 : 1)).splice(samples);
  }
  const description = { ...counts, carried, sizes, scores, margins };
  return { description, samples: kept.map(({ preference }) => preference) };
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function bin(histogram: number[], value: number): void {
  const at = Math.min(BINS - 1, Math.max(0, Math.floor(value * BINS)));
  histogram[at] = (histogram[at] as number) + 1;
}
