import type { BroughtImage, Preference } from "../../../records/preference.js";
import { type Cells, idInPath } from "./cells.js";
import type { Layout } from "./layout.js";

/** Images of a ranking, at most: each two of them are a pair. */
const MOST_RANKED = 100;

/** The house's rankings: the lower rank is better, equal ranks tie. */
const RANKS = ranking("images", "ranks", (rank) => rank);

/** Public sets as their authors release them. All are rankings, or pairs of paths. */
const FOREIGN: readonly Layout[] = [
  // THUDM/ImageReward, data/test.json: 1 is best.
  ranking("generations", "ranking", (rank) => rank),
  // tgxs002/HPSv2, train.json: 1 is preferred, 0 is not.
  ranking("image_path", "human_preference", (preferred) => -preferred),
  // Its test.json: 1 is best.
  ranking("image_path", "rank", (rank) => rank),
  // MizzenAI/HPDv3: the first path is preferred; the votes are there in some files.
  { needs: ["prompt", "path1", "path2"], reads: ["choice_dist"], preference: votedPair },
];

export const RANKINGS: readonly Layout[] = [RANKS, ...FOREIGN];

function ranking(images: string, ranks: string, rankOf: (value: number) => number): Layout {
  return {
    needs: ["prompt", images, ranks],
    reads: [],
    preference: (cells) => {
      const found = cells.images(images).map(broughtImage);
      if (found.length > MOST_RANKED)
        cells.refuse(images, `at most ${MOST_RANKED} images, as each two of them are a pair`);
      const given = cells.numbers(ranks);
      if (given.length !== found.length)
        cells.refuse(ranks, `${found.length} numbers, one for each of "${images}"`);
      return { prompt: cells.prompt("prompt"), images: found, ranks: given.map(rankOf), where: cells.where };
    },
  };
}

function votedPair(cells: Cells): Preference {
  const images = ["path1", "path2"].map((column) => broughtImage(cells.image(column)));
  const [first = 1, second = 0] = cells.has("choice_dist") ? cells.numbers("choice_dist") : [];
  if (first < second) cells.refuse("choice_dist", "more votes for path1, which is the preferred one");
  return { prompt: cells.prompt("prompt"), images, ranks: [0, 1], where: cells.where };
}

function broughtImage({ bytes, path }: { bytes: Uint8Array; path: string }): BroughtImage {
  return { bytes, ...idInPath(path) };
}
