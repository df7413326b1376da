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
  for (let one = 0; one < images.length; one++) {
    for (let other = one + 1; other < images.length; other++) {
      const [rank, otherRank] = [ranks[one] as number, ranks[other] as number];
      const [first, second] = rank <= otherRank ? [one, other] : [other, one];
      const [better, worse] = [images[first] as Image, images[second] as Image];
      const tie = rank === otherRank;
      yield {
        better,
        worse,
        tie,
        ...scoresOf({ better, worse }, [ranks[first], ranks[second]] as number[], ranks),
      };
    }
  }
}

/** The scores given; where there are none, the ranks stretched over 1 (best) to 0 (worst), and one half for a tie of all. */
function scoresOf(
  { better, worse }: { better: BroughtImage; worse: BroughtImage },
  [rank, otherRank]: readonly number[],
  ranks: readonly number[],
): { betterScore: number; worseScore: number } {
  if (better.score !== undefined && worse.score !== undefined) {
    return { betterScore: better.score, worseScore: worse.score };
  }
  const [low, high] = [Math.min(...ranks), Math.max(...ranks)];
  const stretched = (value: number) => (high === low ? 0.5 : 1 - (value - low) / (high - low));
  return { betterScore: stretched(rank as number), worseScore: stretched(otherRank as number) };
}
