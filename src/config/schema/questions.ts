import { z } from "zod";
import { ConfigError } from "../../errors.js";
import { QUESTIONS } from "../../records/verdict.js";
import { faultsOf } from "../faults.js";
import { MOST } from "../limits.js";
import { list, oneOf, section, text, whole, within } from "./fields.js";

/** Where a picture stands in a turn; `{prompt}` stands for the prompt. */
export const IMAGE = "{image}";
export const [FIRST, SECOND] = ["{first}", "{second}"] as const;

/** A conversation: user, assistant, user, ... ending with the user; a single text is one turn. */
const turns = (words: string, places: readonly string[]) =>
  z
    .union([z.string().max(MOST.text), z.array(z.string().max(MOST.text)).max(15)], { error: words })
    .transform((asked) => (typeof asked === "string" ? [asked] : asked))
    .refine((asked) => asked.length % 2 === 1 && places.every((place) => standsOnce(asked, place)), {
      error: words,
    });

function standsOnce([first = "", ...later]: readonly string[], place: string): boolean {
  return first.split(place).length === 2 && later.every((turn) => !turn.includes(place));
}

const ASK = `a text, or turns that end with the user's, with ${IMAGE} once in the first`;
const ask = () => turns(ASK, [IMAGE]);
const words = (...usual: string[]) => list(text("a word"), "words", { least: 1, most: 50 }).default(usual);

const yesNo = section({
  kind: z.literal("yes-no"),
  ask: ask(),
  yes: words("yes"),
  no: words("no"),
});

const scaleShape = {
  kind: z.literal("scale"),
  ask: ask(),
  low: within(-1e6, 1e6).default(1),
  high: within(-1e6, 1e6).default(5),
};
const isUpward = [
  ({ low, high }: { readonly low: number; readonly high: number }) => low < high,
  { path: ["high"] as PropertyKey[], error: "above low" },
] as const;
const scale = section(scaleShape).refine(...isUpward);

const weighed = { name: text("a name"), weight: within(0, MOST.strength).default(1) };
const criterion = z.discriminatedUnion(
  "kind",
  [section({ ...yesNo.shape, ...weighed }), section({ ...scaleShape, ...weighed }).refine(...isUpward)],
  { error: '{ name, weight, kind: "yes-no", ask } or { name, weight, kind: "scale", ask, low, high }' },
);

const criteria = section({
  kind: z.literal("criteria"),
  criteria: list(criterion, "criteria", { least: 1, most: 50 }).refine(
    (all) => all.some(({ weight }) => weight > 0),
    { error: "criteria of which one weighs more than 0" },
  ),
});

const atomic = section({
  kind: z.literal("atomic"),
  /** `{question}` stands for one of the questions that the prompt is split into. */
  ask: ask().default([`${IMAGE}\n{question} Answer yes or no.`]),
  /** How the judge is asked to split a prompt that has no structure of its own; it answers with a JSON list. */
  split: text("a text with {prompt}").default(
    'Write the yes/no questions that check, one by one, everything a picture of "{prompt}" must show: objects, counts, ' +
      "colours, relations. Each must be answered yes by a perfect picture. Answer with a JSON list of texts and nothing else.",
  ),
  most: whole(1, 50).default(12),
});

const pairwise = section({
  kind: z.literal("pairwise"),
  ask: turns(
    `a text, or turns that end with the user's, with ${FIRST} and ${SECOND} once each in the first`,
    [FIRST, SECOND],
  ).default([
    `Picture A:\n${FIRST}\nPicture B:\n${SECOND}\nWhich of the two shows better what is asked for: "{prompt}"? Answer A or B.`,
  ]),
  first: words("A"),
  second: words("B"),
  tie: list(text("a word"), "words", { most: 50 }).default(["tie"]),
  /** Comparisons of a prompt at most, in shares of all its pairs; a tournament stops earlier once it is sure enough. */
  most: within(0.01, 1).default(1),
  /** Sure that its first picture is better than its last, which makes a pair; or of who is the best and who the worst. */
  until: oneOf(["pair", "ends"]).default("pair"),
  confidence: within(0.5, 0.999).default(0.95),
});

const question = z.discriminatedUnion("kind", [yesNo, scale, criteria, atomic, pairwise], {
  error: '{ kind: "yes-no" | "scale" | "criteria" | "atomic" | "pairwise", ... }',
});

const OUTCOME = `${IMAGE}\nDoes this picture show exactly what is asked for: "{prompt}"? Answer yes or no.`;
const CLARITY =
  `${IMAGE}\nThis image was taken while a picture was still being generated. Can its objects already be told apart, so that one ` +
  "could judge what the finished picture will show? Answer yes or no.";
const yesOrNo = (...asked: string[]) => ({ kind: "yes-no" as const, ask: asked });

const questionsSchema = section({
  outcome: question.prefault(yesOrNo(OUTCOME)),
  process: yesNo.prefault(
    yesOrNo(
      `${IMAGE}\nThis image was taken while a picture of "{prompt}" was still being generated. Can it still become a picture that ` +
        "shows exactly that? Answer yes or no.",
    ),
  ),
  clarity: yesNo.prefault(yesOrNo(CLARITY)),
  potential: yesNo.prefault(
    yesOrNo(
      CLARITY,
      "yes",
      'Will the finished picture show exactly what is asked for: "{prompt}"? Answer yes or no.',
    ),
  ),
  reflection: yesNo.prefault(yesOrNo(OUTCOME)),
  compare: pairwise.prefault({ kind: "pairwise" }),
});

/** What a judge is asked: by question, and which of two pictures. */
export type QuestionsConfig = z.output<typeof questionsSchema>;
export type AskedQuestion = QuestionsConfig["outcome"];
export type YesNoQuestion = z.output<typeof yesNo>;
export type ScaleQuestion = z.output<typeof scale>;
export type CriteriaQuestion = z.output<typeof criteria>;
export type AtomicQuestion = z.output<typeof atomic>;
export type PairwiseQuestion = z.output<typeof pairwise>;

/** Settles what a file of questions says; ours for those it leaves out. Throws ConfigError with all faults. */
export function freezeQuestions(input: unknown, source: string): QuestionsConfig {
  const parsed = questionsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error, input, questionsSchema, "").map(({ message }) => message);
  throw new ConfigError(
    `${faults.join("\n")} (${source}; questions are ${QUESTIONS.join(", ")} and compare)`,
  );
}
