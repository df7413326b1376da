import { ConfigError } from "../../errors.js";

/** One judged image of an evaluation. */
export interface EvaluationItem {
  readonly promptId: string;
  readonly tag: string;
  /** Which image of its prompt this is, from 0: equal indices share their seeds across evaluations. */
  readonly seedIndex: number;
  readonly correct: boolean;
  /** Of the judge that decided, 0..1; absent where a detector did. */
  readonly score?: number;
  readonly candidateId: string;
  /** Why it is wrong, in GenEval's words. */
  readonly reason?: string;
}

/** An evaluation as it comes out of the store. */
export interface EvaluationSource {
  /** Unique among the compared, e.g. "round-1 + ORM best-of-8". */
  readonly name: string;
  /** What made its images, e.g. "checkpoint" or "best-of-8"; rows of a kind are drawn alike. */
  readonly kind: string;
  readonly items: Iterable<EvaluationItem> | AsyncIterable<EvaluationItem>;
}

/** An evaluation in memory, items by prompt and seed in order of first appearance. */
export interface Evaluation {
  readonly name: string;
  readonly kind: string;
  readonly items: ReadonlyMap<string, EvaluationItem>;
}

/** Reads evaluations one after another. Throws a ConfigError on an empty one, a repeated name or a repeated image. */
export async function collectEvaluations(sources: Iterable<EvaluationSource>): Promise<Evaluation[]> {
  const evaluations: Evaluation[] = [];
  for (const source of sources) {
    if (evaluations.some((earlier) => earlier.name === source.name)) {
      throw new ConfigError(`Expected evaluations of different names to compare, got "${source.name}" twice`);
    }
    evaluations.push({ name: source.name, kind: source.kind, items: await collectItems(source) });
  }
  return evaluations;
}

/** An item of one evaluation beside the item of the same prompt and seed of another. */
export interface ItemPair {
  readonly before: EvaluationItem;
  readonly after: EvaluationItem;
}

/**
 * The evaluations with the images alone that all of them have, by prompt and place in it: two sources of pictures were seldom asked for the
 * same. Throws a ConfigError where there are none.
 */
export function sharedItems(evaluations: readonly Evaluation[]): Evaluation[] {
  const keys = evaluations.map(({ items }) => items);
  const shared = evaluations.map((one) => ({
    ...one,
    items: new Map([...one.items].filter(([key]) => keys.every((items) => items.has(key)))),
  }));
  if (shared.some(({ items }) => items.size > 0)) return shared;
  throw new ConfigError(
    `Expected evaluations that have prompts in common, got none in ${evaluations.map(({ name }) => `"${name}"`).join(" and ")}. ` +
      "Import pictures of the same prompts from each",
  );
}

/** Items matched by prompt and seed. Throws a ConfigError that counts what is missing on either side. */
export function pairItems(from: Evaluation, to: Evaluation): ItemPair[] {
  const pairs: ItemPair[] = [];
  for (const [key, before] of from.items) {
    const after = to.items.get(key);
    if (after !== undefined) pairs.push({ before, after });
  }
  if (pairs.length < from.items.size || pairs.length < to.items.size) {
    throw mismatch(from, to, pairs.length);
  }
  return pairs;
}

/** What makes two items comparable. */
export function itemKey(item: Pick<EvaluationItem, "promptId" | "tag" | "seedIndex">): string {
  return `${item.tag}/${item.promptId}/${item.seedIndex}`;
}

async function collectItems(source: EvaluationSource): Promise<ReadonlyMap<string, EvaluationItem>> {
  const items = new Map<string, EvaluationItem>();
  for await (const item of source.items) {
    const key = itemKey(item);
    if (items.has(key)) {
      throw new ConfigError(
        `Expected one image a prompt and seed in evaluation "${source.name}", got a second for prompt ` +
          `${item.promptId}, seed ${item.seedIndex}. Evaluate again with distinct prompts`,
      );
    }
    items.set(key, item);
  }
  if (items.size === 0) {
    throw new ConfigError(
      `Expected judged images in evaluation "${source.name}", got none. Evaluate it first`,
    );
  }
  return items;
}

function mismatch(from: Evaluation, to: Evaluation, shared: number): ConfigError {
  return new ConfigError(
    `Expected evaluations "${from.name}" and "${to.name}" on the same prompts and seeds, got ${shared} shared images: ` +
      `${from.items.size - shared} of "${from.name}" are missing in "${to.name}" and ` +
      `${to.items.size - shared} of "${to.name}" are missing in "${from.name}". ` +
      "Evaluate both on one prompt set with one number of images a prompt",
  );
}
