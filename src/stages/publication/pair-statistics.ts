import type { Store } from "../../adapters/store/index.js";

/** What a data set card says of its pairs. */
export interface PairStatistics {
  readonly pairs: number;
  readonly tasks: Readonly<Record<string, number>>;
  readonly policies: Readonly<Record<string, number>>;
  readonly review: Readonly<Record<string, number>>;
  /** Null without pairs. */
  readonly meanMargin: number | null;
  /** Pairs by margin: [lower end of a tenth, count], lowest first. */
  readonly margins: readonly (readonly [from: number, count: number])[];
}

/** One pass over the pairs of a stage; memory does not grow with them. */
export function pairStatistics(store: Store, stageId: string): PairStatistics {
  const [tasks, policies, review, margins] = [
    counter<string>(),
    counter<string>(),
    counter<string>(),
    counter<number>(),
  ];
  let pairs = 0;
  let sum = 0;
  for (const pair of store.pairs.iterate(stageId)) {
    pairs += 1;
    sum += pair.margin;
    tasks.add(store.prompts.find(pair.promptId)?.metadata?.tag ?? "untagged");
    policies.add(pair.policy);
    review.add(pair.review);
    // A margin of 1 belongs to the last tenth.
    margins.add(Math.min(9, Math.floor(pair.margin * 10 + 1e-9)));
  }
  return {
    pairs,
    tasks: Object.fromEntries(tasks.sorted()),
    policies: Object.fromEntries(policies.sorted()),
    review: Object.fromEntries(review.sorted()),
    meanMargin: pairs > 0 ? sum / pairs : null,
    margins: margins.sorted().map(([tenth, count]) => [tenth / 10, count] as const),
  };
}

function counter<Key extends string | number>() {
  const counts = new Map<Key, number>();
  return {
    add: (key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1),
    sorted: () => [...counts].sort(([one], [other]) => (one < other ? -1 : 1)),
  };
}
