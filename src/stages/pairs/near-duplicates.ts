import { type AnyPairRow, encodedSide, type PairSide } from "../../adapters/arrow/index.js";
import { decodeImage, HashList, perceptualHash } from "../../adapters/images/index.js";

/** Images of a pair set that look like another one of their prompt, by perceptual hash. */
export interface NearDuplicates {
  /** Pairs whose two images look alike. */
  readonly pairs: number;
  /** Images that look like an earlier one of the same prompt in the set, its own partner included. */
  readonly images: number;
}

/** Counts them in one pass over pairs that come prompt by prompt; memory holds the hashes of one prompt. */
export async function nearDuplicates(
  rows: AsyncIterable<Pick<AnyPairRow, "prompt" | "chosen" | "rejected">>,
  looksOf: LooksOf = () => undefined,
): Promise<NearDuplicates> {
  const count = { pairs: 0, images: 0 };
  let seen = new SeenImages(looksOf);
  let last: string | undefined;
  for await (const { prompt, chosen, rejected } of rows) {
    if (prompt !== last) seen = new SeenImages(looksOf);
    last = prompt;
    const [one, other] = [await seen.look(chosen), await seen.look(rejected)];
    count.images += Number(one.isRepeat) + Number(other.isRepeat);
    count.pairs += Number(other.like.has(one.place) || one.like.has(other.place));
  }
  return count;
}

/** The perceptual hash of a picture, where it is known. */
export type LooksOf = (sha256: string) => Uint8Array | undefined;

/** The images of a prompt, each by its id once. */
class SeenImages {
  constructor(private readonly looksOf: LooksOf) {}

  readonly #hashes = new HashList();
  readonly #known = new Map<string, { place: number; like: ReadonlySet<number> }>();

  /** Where the image is, and which ones seen before it look like it; a repeat is one that is new and looks like another. */
  async look(side: PairSide): Promise<{ place: number; like: ReadonlySet<number>; isRepeat: boolean }> {
    const { id } = side;
    const before = this.#known.get(id);
    if (before !== undefined) return { ...before, isRepeat: false };
    const known = side.picture && this.looksOf(side.picture.sha256);
    const hash = known ?? perceptualHash(await decodeImage(await encodedSide(side)));
    const found = { place: this.#known.size, like: new Set(this.#hashes.alike(hash)) };
    this.#hashes.add(hash);
    this.#known.set(id, found);
    return { ...found, isRepeat: found.like.size > 0 };
  }
}
