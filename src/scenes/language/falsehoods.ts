import { RELATIONS, type Relation } from "../../records/prompt.js";
import { isOneThingTwice, type NounPhrase, type Statement } from "./statement.js";
import { COLORS, COUNT_WORDS, SHAPES } from "./vocabulary.js";

/** The one change that makes a caption false. The order is that of the ids in scene files. */
export const FALSEHOODS = [
  "things swapped",
  "relation mirrored",
  "colors swapped",
  "numbers swapped",
  "one more",
  "one fewer",
  "another number",
  "another relation",
  "another shape",
  "another color",
] as const;
export type Falsehood = (typeof FALSEHOODS)[number];

/** Those that a bag of words cannot tell from the truth, and counts that differ by one. */
export const HARD_FALSEHOODS: ReadonlySet<Falsehood> = new Set(FALSEHOODS.slice(0, 6));

const OPPOSITE: Readonly<Record<Relation, Relation>> = {
  "left of": "right of",
  "right of": "left of",
  above: "below",
  below: "above",
};
const COUNTS = [1, ...Object.values(COUNT_WORDS)];

/** Every statement one change away, by the kind of change. Some of them may be true of a scene all the same. */
export function falseStatements(statement: Statement): Record<Falsehood, Statement[]> {
  const { first, joint, second } = statement;
  const relation = joint === "and" ? undefined : joint;
  const { both, either } = changesOf(statement);
  const counted = (wanted: (from: number, to: number) => boolean) =>
    either((phrase) =>
      COUNTS.filter((count) => wanted(phrase.count, count)).map((count) => ({ ...phrase, count })),
    );
  const named = (value: string) =>
    [first, second].some((one) => one?.shape === value || one?.color === value);
  const found: Record<Falsehood, Statement[]> = {
    "things swapped": relation ? both((one, other) => [other, one]) : [],
    "relation mirrored": relation ? [{ ...statement, joint: OPPOSITE[relation] }] : [],
    "colors swapped": both((one, other) => [painted(one, other.color), painted(other, one.color)]),
    "numbers swapped": both((one, other) => [
      { ...one, count: other.count },
      { ...other, count: one.count },
    ]),
    "one more": counted((from, to) => to === from + 1),
    "one fewer": counted((from, to) => to === from - 1),
    "another number": counted((from, to) => from > 1 && Math.abs(from - to) > 1),
    "another relation": RELATIONS.filter(
      (other) => relation && other !== relation && other !== OPPOSITE[relation],
    ).map((other) => ({ ...statement, joint: other })),
    "another shape": either((phrase) =>
      SHAPES.filter((shape) => !named(shape)).map((shape) => ({ ...phrase, shape })),
    ),
    "another color": either((phrase) =>
      COLORS.filter((color) => phrase.color && !named(color)).map((color) => ({ ...phrase, color })),
    ),
  };
  for (const kind of FALSEHOODS) found[kind] = found[kind].filter((one) => !isOneThingTwice(one));
  return found;
}

/** Statements with both phrases changed, or with one of them. */
function changesOf(statement: Statement) {
  const { first, second } = statement;
  const both = (change: (one: NounPhrase, other: NounPhrase) => [NounPhrase, NounPhrase]): Statement[] => {
    if (second === undefined) return [];
    const [one, other] = change(first, second);
    return [{ ...statement, first: one, second: other }];
  };
  const either = (change: (phrase: NounPhrase) => NounPhrase[]): Statement[] => [
    ...change(first).map((phrase) => ({ ...statement, first: phrase })),
    ...(second ? change(second).map((phrase) => ({ ...statement, second: phrase })) : []),
  ];
  return { both, either };
}

function painted({ count, shape }: NounPhrase, color: NounPhrase["color"]): NounPhrase {
  return { count, shape, ...(color ? { color } : {}) };
}
