import type { PromptMetadata } from "../../records/prompt.js";
import type { Random } from "../random.js";
import { saysHeldOut } from "./combinations.js";
import { isOneThingTwice, type NounPhrase, readStatement, type Statement, toMetadata } from "./statement.js";
import { COLORS, COUNT_WORDS, SHAPES } from "./vocabulary.js";

/** More objects than this do not fit beside each other, or in a relation. */
const MOST_NAMED = { and: 4, related: 3 } as const;
const ATTEMPTS = 20;

/**
 * The caption with more in it, of the same task: coloured and counted things in a relation, coloured counts, two counts, one colour
 * of two, one shape in two colours. The caption itself where its task has nothing richer, or chance finds none that
 * keeps held-out combinations out.
 */
export function enrichedCaption(metadata: PromptMetadata, random: Random): PromptMetadata {
  if (!["counting", "position", "color_attr"].includes(metadata.tag)) return metadata;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const statement = enriched(readStatement(metadata), random);
    if (isOneThingTwice(statement) || !fits(statement)) continue;
    const richer = toMetadata(statement);
    if (richer.tag === metadata.tag && richer.prompt !== metadata.prompt && !saysHeldOut(richer))
      return richer;
  }
  return metadata;
}

/** A random statement around this one; it may not fit, or be this one. */
function enriched({ first, joint = "and", second }: Statement, random: Random): Statement {
  if (second?.color) return ofColors(first, second, random);
  if (second !== undefined) {
    return { first: embellished(first, random), joint, second: embellished(second, random) };
  }
  const alone = { ...first, ...someColor(random) };
  if (random.index(2) === 0) return { first: alone };
  const beside = embellished({ count: 1, shape: random.pick(SHAPES) }, random);
  const [one, other] = random.index(2) === 0 ? [alone, beside] : [beside, alone];
  return { first: one, joint: "and", second: other };
}

/** Two coloured things: one without its colour, or both of one shape. */
function ofColors(first: NounPhrase, second: NounPhrase, random: Random): Statement {
  const [bare, otherBare] = [first, second].map(({ count, shape }): NounPhrase => ({ count, shape }));
  const [one, other] = random.pick([
    [bare, second],
    [first, otherBare],
    [first, { ...second, shape: first.shape }],
  ]) as [NounPhrase, NounPhrase];
  return { first: one, joint: "and", second: other };
}

function embellished(phrase: NounPhrase, random: Random): NounPhrase {
  const counted = phrase.count === 1 && random.index(4) === 0;
  return {
    ...phrase,
    ...(counted ? { count: random.pick(Object.values(COUNT_WORDS)) } : {}),
    ...someColor(random),
  };
}

function someColor(random: Random): { color?: (typeof COLORS)[number] } {
  return random.index(2) === 0 ? { color: random.pick(COLORS) } : {};
}

/** One shape in two colours cannot be counted too: GenEval counts shapes, whatever their colour. */
function fits({ first, joint, second }: Statement): boolean {
  const objects = first.count + (second?.count ?? 0);
  if (first.shape === second?.shape && objects > 2) return false;
  return objects <= (joint === undefined || joint === "and" ? MOST_NAMED.and : MOST_NAMED.related);
}
