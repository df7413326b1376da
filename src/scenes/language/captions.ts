import type { PromptMetadata } from "../../records/prompt.js";
import type { Scene } from "../drawing/scene.js";
import { type Random, shuffled } from "../random.js";
import { captionHolds } from "../truth.js";
import { saysHeldOut } from "./combinations.js";
import { FALSEHOODS, type Falsehood, falseStatements, HARD_FALSEHOODS } from "./falsehoods.js";
import { readStatement, type Statement, toMetadata } from "./statement.js";

/** A caption that is false of a scene by one change, and which. */
export interface FalseCaption {
  readonly kind: Falsehood;
  readonly caption: PromptMetadata;
}

/**
 * Captions that are false of the scene by one change. Kinds of change take turns, the hard ones first, so that each is
 * there that the caption allows. None says a held-out combination unless `heldOut` allows it. Fewer distinct ones than
 * `count` are repeated.
 */
export function wrongCaptions(
  metadata: PromptMetadata,
  scene: Scene,
  { count, random, heldOut = false }: { count: number; random: Random; heldOut?: boolean },
): FalseCaption[] {
  const statements = falseStatements(readStatement(metadata));
  const kinds = FALSEHOODS.filter((kind) => statements[kind].length > 0);
  const hard = kinds.filter((kind) => HARD_FALSEHOODS.has(kind));
  const easy = kinds.filter((kind) => !HARD_FALSEHOODS.has(kind));
  const said = new Set<string>();
  const left = [...shuffled(hard, random), ...shuffled(easy, random)].map((kind) =>
    falseOnes(kind, shuffled(statements[kind], random), (caption) => {
      if (said.has(caption.prompt) || captionHolds(caption, scene)) return false;
      said.add(caption.prompt);
      return heldOut || !saysHeldOut(caption);
    }),
  );
  const found = takingTurns(left, count);
  return Array.from({ length: count }, (_, index) => found[index % found.length] as FalseCaption);
}

/** The captions of one kind that `isWanted`, looked at as they are taken. */
function* falseOnes(
  kind: Falsehood,
  statements: readonly Statement[],
  isWanted: (caption: PromptMetadata) => boolean,
): Generator<FalseCaption> {
  for (const statement of statements) {
    const caption = toMetadata(statement);
    if (isWanted(caption)) yield { kind, caption };
  }
}

/** Up to `count` items, one of each group in turn. */
function takingTurns<Item>(groups: readonly Generator<Item>[], count: number): Item[] {
  const found: Item[] = [];
  for (let left = groups; left.length > 0 && found.length < count; ) {
    left = left.filter((group) => {
      if (found.length === count) return false;
      const { done, value } = group.next();
      if (!done) found.push(value);
      return !done;
    });
  }
  return found;
}
