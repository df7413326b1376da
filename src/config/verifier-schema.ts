import { z } from "zod";
import { ConfigError } from "../errors.js";
import { faultsOf } from "./faults.js";
import { list, oneOf, section, share, text, whole } from "./fields.js";
import { MOST } from "./limits.js";

/** When the search for one image stops beside its N; null does not limit it. */
const budget = section({
  /** Function evaluations of the generator at most. */
  nfe: whole(1, MOST.calls).nullable().default(null),
  /** Images shown to the judge at most. */
  judgeCalls: whole(1, MOST.calls).nullable().default(null),
  /** P(yes) from which an image is good enough to stop early. */
  confidence: share().nullable().default(null),
  /** Paths begun together before the search looks at its budget; null begins all, or 4 when it may stop early. */
  atOnce: whole(1, MOST.paths).nullable().default(null),
}).prefault({});

/** Who judges, and when it stops. */
const judged = {
  /** Judges in the place of the run's own (`models.judge`); several are an ensemble. */
  judges: list(text("a checkpoint"), "checkpoints", { most: MOST.judges }).default([]),
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
  firstStep: whole(1, MOST.decodingSteps).default(1),
  /** Paths that reach their ends however low their potential; 1 as in the paper. */
  finishAtLeast: whole(1, MOST.paths).default(1),
};

/** For `refine`: no more of `key` than there are paths. What nobody stated, its default, may be more: then all are meant. */
const atMostN = <Key extends string>(key: Key, unstated = 1) =>
  [
    (settings: Readonly<Record<Key | "n", number>>) => settings[key] <= Math.max(settings.n, unstated),
    { path: [key] as PropertyKey[], error: "at most n, the paths that there are" },
  ] as const;

/** States that a search over paths keeps at each selection, unless stated. */
const KEPT = 4;

/** N: candidates, paths or branches, as the strategy counts them. */
const n = whole(1, MOST.paths).default(20);

/** How one image of a row is chosen (src/search has a file for each kind). */
export const verifier = z.discriminatedUnion(
  "kind",
  [
    section({ kind: z.literal("none") }),
    section({ kind: z.literal("orm"), n: whole(2, MOST.paths).default(8), ...judged }),
    section({ kind: z.literal("prm"), n, question, ...judged }),
    section({ kind: z.literal("parm"), n, ...thresholds, ...judged }).refine(...atMostN("finishAtLeast")),
    section({
      kind: z.literal("parm-plus-plus"),
      n,
      ...thresholds,
      /** P(yes) from which the chosen image needs no correction. */
      reflection: share().default(0.5),
      /** Rounds of self-correction at most. */
      reflections: whole(0, MOST.attempts).default(3),
      ...judged,
    }).refine(...atMostN("finishAtLeast")),
    section({ kind: z.literal("random"), n, ...judged }),
    section({
      kind: z.literal("zero-order"),
      n,
      /** Neighbours tried around each pivot. */
      neighbours: whole(1, MOST.paths).default(4),
      /** Share of the pivot's tokens that a neighbour draws again. */
      remask: share().default(0.5),
      ...judged,
    }),
    section({
      kind: z.literal("over-paths"),
      n,
      question,
      /** States kept at each selection. */
      keep: whole(1, MOST.paths).default(KEPT),
      /** Share of a kept state's tokens that its copies draw again. */
      remask: share().default(0.25),
      /** Steps before the first selection, and between two. */
      every: whole(1, MOST.decodingSteps).default(3),
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
