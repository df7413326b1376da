import type { StageRow, Store } from "../../../src/adapters/store/index.js";
import { rounded } from "../../rounded.js";

/** What reflection said of an image's first choice: it was approved, a later one was, or none. */
const SAID = ["approved at once", "approved after correction", "never approved"] as const;

/** Share of the images that are right without and with reflection, by what reflection said. */
export function reflectionOf(without: StageRow, plus: StageRow, store: Store) {
  const before = rightImages(without, store);
  const after = rightImages(plus, store);
  const groups = new Map(SAID.map((said) => [said, [] as string[]]));
  for (const { promptId, attempt, reason } of store.searches.iterate(plus.id)) {
    groups.get(saidIn(reason))?.push(`${promptId} ${attempt}`);
  }
  const share = (images: readonly string[], right: ReadonlySet<string>) =>
    images.length === 0 ? null : rounded(images.filter((one) => right.has(one)).length / images.length);
  return Object.fromEntries(
    [...groups].map(([said, images]) => [
      said,
      { images: images.length, without: share(images, before), with: share(images, after) },
    ]),
  );
}

function saidIn(reason: string): (typeof SAID)[number] {
  if (!reason.startsWith("approved")) return SAID[2];
  return reason.startsWith("approved by reflection 1 ") ? SAID[0] : SAID[1];
}

function rightImages(stage: StageRow, store: Store): Set<string> {
  return new Set(
    [...store.evaluations.items(stage.id)].flatMap(({ promptId, sample, correct }) =>
      correct ? [`${promptId} ${sample}`] : [],
    ),
  );
}
