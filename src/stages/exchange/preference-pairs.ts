import type { BroughtImage, Preference } from "../../records/preference.js";

/** Two images of a preference, the better one first; of a tie, in the order given. */
export interface ComparedImages<Image extends BroughtImage = BroughtImage> {
  readonly better: Image;
  readonly worse: Image;
  readonly betterScore: number;
  readonly worseScore: number;
  readonly tie: boolean;
}

/** Every two images of a preference: one pair of a pair, k (k - 1) / 2 of a ranking. */
export function* comparedImages<Image extends BroughtImage>({
  images,
  ranks,
}: Preference<Image>): Generator<ComparedImages<Image>> {
  const ranked = images.map((image, at) => ({ image, rank: ranks[at] ?? 0 }));
  for (const [at, one] of ranked.entries()) {
    for (const other of ranked.slice(at + 1)) {
      const [better, worse] = one.rank <= other.rank ? [one, other] : [other, one];
      const tie = one.rank === other.rank;
      yield { better: better.image, worse: worse.image, tie, ...scoresOf(better, worse, ranks) };
    }
  }
}

/** The scores given; where there are none, the ranks stretched over 1 (best) to 0 (worst), and one half for a tie of all. */
function scoresOf(
  better: RankedImage,
  worse: RankedImage,
  ranks: readonly number[],
): { betterScore: number; worseScore: number } {
  if (better.image.score !== undefined && worse.image.score !== undefined) {
    return { betterScore: better.image.score, worseScore: worse.image.score };
  }
  const [low, high] = [Math.min(...ranks), Math.max(...ranks)];
  const stretched = (value: number) => (high === low ? 0.5 : 1 - (value - low) / (high - low));
  return { betterScore: stretched(better.rank), worseScore: stretched(worse.rank) };
}

interface RankedImage {
  readonly image: BroughtImage;
  readonly rank: number;
}
