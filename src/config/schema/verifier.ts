import { z } from "zod";
import { ConfigError } from "../../errors.js";
import { QUESTIONS, type Question } from "../../records/verdict.js";
import { faultsOf } from "../faults.js";
import { MOST } from "../limits.js";
import { list, oneOf, positive, section, share, text, whole } from "./fields.js";

const budget = section({
  nfe: whole(1, MOST.calls)
    .nullable()
    .default(null)
    .describe("Function evaluations of the generator at most."),
  judgeCalls: whole(1, MOST.calls).nullable().default(null).describe("Images shown to the judge at most."),
  confidence: share()
    .nullable()
    .default(null)
    .describe("P(yes) from which an image is good enough to stop early."),
  atOnce: whole(1, MOST.paths)
    .nullable()
    .default(null)
    .describe(
      "Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early.",
    ),
})
  .prefault({})
  .describe("When the search for one image stops beside its N; null does not limit it.");

const asked = (question: Question) =>
  text("a checkpoint").optional().describe(`Who is asked about ${question}; unless stated those who judge.`);
type Asked = Record<Question, ReturnType<typeof asked>>;

/** Who judges, and when it stops. */
const judged = {
  judges: list(text("a checkpoint"), "checkpoints", { most: MOST.judges })
    .default([])
    .describe("Judges in the place of the run's own (`models.judge`); several are an ensemble."),
  ensemble: oneOf(["rank", "mean"])
    .default("rank")
    .describe("Whether an ensemble chooses by the mean of its judges' ranks or of their scores."),
  // Without defaults: searches that do not state them are known by the same hash as before they were there.
  judgeOf: section(Object.fromEntries(QUESTIONS.map((question) => [question, asked(question)])) as Asked)
    .optional()
    .describe(
      "Another judge for a question, so that one network cuts and another chooses, or reflection is asked of one that did not choose.",
    ),
  budget,
};

const question = oneOf(["process", "outcome", "potential"])
  .default("process")
  .describe("What is asked about images midway.");

const thresholds = {
  thresholds: oneOf(["judge"])
    .optional()
    .describe(
      "`judge` takes clarity, potential, firstStep and finishAtLeast as `espalier judge thresholds` found them for the judge, in the place of those that are stated; where none were found those count.",
    ),
  clarity: share().default(0.5).describe("P(yes) from which an image is clear enough to be judged."),
  potential: share().default(0.5).describe("P(yes) below which a clear path is cut."),
  firstStep: whole(1, MOST.decodingSteps)
    .default(1)
    .describe(
      "Steps before which no image is asked about: the paper finds none sure to be clear before step 11 of 18.",
    ),
  // Without defaults: searches that do not state them are known by the same hash as before they were there.
  clarityShare: share()
    .optional()
    .describe(
      "Share of the tokens that must be committed before a path's image is asked about; 0 unless stated.",
    ),
  clarityRise: positive(MOST.strength)
    .optional()
    .describe(
      "The most that P(yes) to clarity rises while all tokens are committed: a step at which it cannot have come to `clarity` since the last answer is not asked about. Unless stated every step is.",
    ),
  finishAtLeast: whole(1, MOST.paths)
    .default(1)
    .describe("Paths that reach their ends however low their potential; 1 as in the paper."),
};

/** For `refine`: no more of `key` than there are paths. What nobody stated, its default, may be more: then all are meant. */
const atMostN = <Key extends string>(key: Key, unstated = 1) =>
  [
    (settings: Readonly<Record<Key | "n", number>>) => settings[key] <= Math.max(settings.n, unstated),
    { path: [key] as PropertyKey[], error: "at most n, the paths that there are" },
  ] as const;

/** States that a search over paths keeps at each selection, unless stated. */
const KEPT = 4;

const n = whole(1, MOST.paths)
  .default(20)
  .describe("Candidates, paths or branches, as the strategy counts them.");

/** How one image of a row is chosen (src/search has a file for each kind). */
export const verifier = z.discriminatedUnion(
  "kind",
  [
    section({ kind: z.literal("none").describe("The one image that is drawn.") }),
    section({
      kind: z.literal("orm").describe("The best of N."),
      n: whole(2, MOST.paths).default(8).describe("Candidates."),
      ...judged,
    }),
    section({ kind: z.literal("prm").describe("The best of N at every step."), n, question, ...judged }),
    section({
      kind: z
        .literal("parm")
        .describe("Paths cut once they are clear enough to be judged, then the best of the rest."),
      n,
      ...thresholds,
      ...judged,
    }).refine(...atMostN("finishAtLeast")),
    section({
      kind: z.literal("parm-plus-plus").describe("PARM, and corrections of what it chose."),
      n,
      ...thresholds,
      reflection: share().default(0.5).describe("P(yes) from which the chosen image needs no correction."),
      reflections: whole(0, MOST.attempts).default(3).describe("Rounds of self-correction at most."),
      ...judged,
    }).refine(...atMostN("finishAtLeast")),
    section({ kind: z.literal("random").describe("Random search: the best of N."), n, ...judged }),
    section({
      kind: z.literal("zero-order").describe("Search around the best so far."),
      n,
      neighbours: whole(1, MOST.paths).default(4).describe("Neighbours tried around each pivot."),
      remask: share().default(0.5).describe("Share of the pivot's tokens that a neighbour draws again."),
      ...judged,
    }),
    section({
      kind: z.literal("over-paths").describe("Search over paths: the best are kept and branched."),
      n,
      question,
      keep: whole(1, MOST.paths).default(KEPT).describe("States kept at each selection."),
      remask: share().default(0.25).describe("Share of a kept state's tokens that its copies draw again."),
      every: whole(1, MOST.decodingSteps)
        .default(3)
        .describe("Steps before the first selection, and between two."),
      ...judged,
    }).refine(...atMostN("keep", KEPT)),
  ],
  {
    error:
      '{ kind: "none" } or { kind, n } with kind "orm", "prm", "parm", "parm-plus-plus", "random", "zero-order" or "over-paths"',
  },
);

export type VerifierConfig = z.output<typeof verifier>;
/** A verifier that searches. */
export type SearchVerifier = Exclude<VerifierConfig, { readonly kind: "none" }>;

/** Settles a verifier's settings on their own. Throws ConfigError listing all faults. */
export function freezeVerifier(input: unknown, source: string): VerifierConfig {
  const parsed = verifier.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error, input, verifier, "verifier").map(({ message }) => message);
  throw new ConfigError(`${faults.join("\n")} (${source})`);
}
