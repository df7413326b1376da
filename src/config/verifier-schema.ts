import { z } from "zod";
import { ConfigError } from "../errors.js";
import { faultsOf } from "./faults.js";
import { oneOf, section, share, text, wholeAtLeast } from "./fields.js";

/** When the search for one image stops beside its N; null does not limit it. */
const budget = section({
  /** Function evaluations of the generator at most. */
  nfe: wholeAtLeast(1).nullable().default(null),
  /** Images shown to the judge at most. */
  judgeCalls: wholeAtLeast(1).nullable().default(null),
  /** P(yes) from which an image is good enough to stop early. */
  confidence: share().nullable().default(null),
  /** Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. */
  atOnce: wholeAtLeast(1).nullable().default(null),
}).prefault({});

/** Who judges, and when it stops. */
const judged = {
  /** Judges in the place of the run's own (`models.judge`); several are an ensemble. */
  judges: z.array(text("a checkpoint"), { error: "a list of checkpoints" }).default([]),
  /** Whether an ensemble chooses by the mean of its judges' ranks or of their scores. */
  ensemble: oneOf(["rank", "mean"]).default("rank"),
  budget,
};

/** What PRM and search over paths ask about images midway. */
const question = oneOf(["process", "outcome", "potential"]).default("process");

const thresholds = {
  /** P(yes) from which an image is clear enough to be judged. */
  clarity: share().default(0.5),
  /** P(yes) below which a clear path is cut. */
  potential: share().default(0.5),
  /** Steps before which no image is asked about: the paper finds none sure to be clear before step 11 of 18. */
  firstStep: wholeAtLeast(1).default(1),
  /** Paths that reach their ends however low their potential; 1 as in the paper. */
  finishAtLeast: wholeAtLeast(1).default(1),
};

/** N: candidates, paths or branches, as the strategy counts them. */
const n = wholeAtLeast(1).default(20);

/** How one image of a row is chosen (src/search has a file for each kind). */
export const verifier = z.discriminatedUnion(
  "kind",
  [
    section({ kind: z.literal("none") }),
    section({ kind: z.literal("orm"), n: wholeAtLeast(2).default(8), ...judged }),
    section({ kind: z.literal("prm"), n, question, ...judged }),
    section({ kind: z.literal("parm"), n, ...thresholds, ...judged }),
    section({
      kind: z.literal("parm-plus-plus"),
      n,
      ...thresholds,
      /** P(yes) from which the chosen image needs no correction. */
      reflection: share().default(0.5),
      /** Rounds of self-correction at most. */
      reflections: wholeAtLeast(0).default(3),
      ...judged,
    }),
    section({ kind: z.literal("random"), n, ...judged }),
    section({
      kind: z.literal("zero-order"),
      n,
      /** Neighbours tried around each pivot. */
      neighbours: wholeAtLeast(1).default(4),
      /** Share of the pivot's tokens that a neighbour draws again. */
      remask: share().default(0.5),
      ...judged,
    }),
    section({
      kind: z.literal("over-paths"),
      n,
      question,
      /** States kept at each selection. */
      keep: wholeAtLeast(1).default(4),
      /** Share of a kept state's tokens that its copies draw again. */
      remask: share().default(0.25),
      /** Steps before the first selection, and between two. */
      every: wholeAtLeast(1).default(3),
      ...judged,
    }),
  ],
  {
    error:
      '{ kind: "none" } or { kind, n } with kind "orm", "prm", "parm", "parm-plus-plus", "random", "zero-order" or "over-paths"',
  },
);

export type VerifierConfig = z.output<typeof verifier>;
/** A verifier that searches. */
export type SearchVerifier = Exclude<VerifierConfig, { readonly kind: "none" }>;

export const VERIFIER_KINDS: readonly VerifierConfig["kind"][] = verifier.options.map(
  ({ shape }) => shape.kind.value,
);

/** Settles a verifier's settings on their own. Throws ConfigError listing all faults. */
export function freezeVerifier(input: unknown, source: string): VerifierConfig {
  const parsed = verifier.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error, input, verifier, "verifier").map(({ message }) => message);
  throw new ConfigError(`${faults.join("\n")} (${source})`);
}
