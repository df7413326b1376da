import type { PromptMetadata } from "../../records/prompt.js";
import { isHeldOut } from "./combinations.js";
import { type Random, shuffled } from "./random.js";
import type { Scene } from "./scene.js";
import { type NounPhrase, readStatement, type Statement, toMetadata } from "./statement.js";
import { captionHolds } from "./truth.js";
import { COLORS, COUNT_WORDS, RELATIONS, SHAPES } from "./vocabulary.js";

/**
 * Captions of the same task that are false of the scene by one change: a colour, number, relation or shape, or
 * two colours or shapes swapped. Kinds of change take turns, so that swaps are as frequent as new words.
 * None uses a held-out combination. Fewer distinct ones than `count` are repeated.
 */
export function wrongCaptions(
  metadata: PromptMetadata,
  scene: Scene,
  count: number,
  random: Random,
): PromptMetadata[] {
  const kinds = shuffled(minimalChanges(readStatement(metadata)), random)
    .map((changes) => shuffled(changes.map(toMetadata), random))
    .map((changes) =>
      changes.filter(
        (changed) => changed.tag === metadata.tag && !isHeldOut(changed) && !captionHolds(changed, scene),
      ),
    );
  const found: PromptMetadata[] = [];
  for (let turn = 0; found.length < count && kinds.some((changes) => changes.length > turn); turn++) {
    for (const changes of kinds) {
      const changed = changes[turn];
      if (changed !== undefined && found.length < count) found.push(changed);
    }
  }
  return Array.from({ length: count }, (_, index) => found[index % found.length] as PromptMetadata);
}

/** Every statement one change away, grouped by the kind of change. */
function minimalChanges(statement: Statement): Statement[][] {
  const { first, joint, second } = statement;
  const changedPhrases = (change: (phrase: NounPhrase) => NounPhrase[]): Statement[] => [
    ...change(first).map((phrase) => ({ ...statement, first: phrase })),
    ...(second ? change(second).map((phrase) => ({ ...statement, second: phrase })) : []),
  ];
  const named = new Set([first.shape, second?.shape]);
  const newShape = changedPhrases((phrase) =>
    SHAPES.filter((shape) => !named.has(shape)).map((shape) => ({ ...phrase, shape })),
  );
  const newColor = changedPhrases((phrase) =>
    COLORS.filter((color) => phrase.color && color !== first.color && color !== second?.color).map(
      (color) => ({
        ...phrase,
        color,
      }),
    ),
  );
  const newCount = changedPhrases((phrase) =>
    Object.values(COUNT_WORDS)
      .filter((count) => phrase.count > 1 && count !== phrase.count)
      .map((count) => ({ ...phrase, count })),
  );
  const newRelation = RELATIONS.filter((relation) => joint && joint !== "and" && relation !== joint).map(
    (relation) => ({ ...statement, joint: relation }),
  );
  const swapped = second
    ? [{ ...statement, first: { ...first, shape: second.shape }, second: { ...second, shape: first.shape } }]
    : [];
  return [newShape, newColor, newCount, newRelation, swapped];
}
