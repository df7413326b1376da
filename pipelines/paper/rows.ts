import type { PipelineInput } from "../../src/index.js";

type Row = NonNullable<NonNullable<PipelineInput["evaluation"]>["rows"]>[number];
type Verifier = Row["verifier"];

/** Judges of data/models. Zero-shot: never saw a generated image. */
export const JUDGES = {
  zeroShot: "scenes-judge-zero-shot",
  fineTuned: "scenes-judge-fine-tuned",
  parm: "scenes-judge-fine-tuned",
  // Who chose sees no fault in its choice; the other one may.
  reflection: "scenes-judge-zero-shot",
} as const;

/**
 * Found on validation prompts (docs/results/parm-thresholds.json): the best of those that take at most 60% of best-of-N's evaluations.
 * At N = 20 at least 4 paths reach their ends, as large a share at any other N.
 */
const thresholds = (n: number) => ({
  ...{ clarity: 0.1, potential: 0.99, firstStep: 2 },
  finishAtLeast: Math.ceil(0.2 * n),
});

/** What chooses the image of a row, by the paper's name, with N candidates, branches or paths. */
const VERIFIERS = {
  none: () => ({ kind: "none" }),
  "ORM zero-shot": (n) => ({ kind: "orm", n, judges: [JUDGES.zeroShot] }),
  "ORM fine-tuned": (n) => ({ kind: "orm", n, judges: [JUDGES.fineTuned] }),
  "PRM zero-shot": (n) => ({ kind: "prm", n, question: "process", judges: [JUDGES.zeroShot] }),
  "PRM fine-tuned": (n) => ({ kind: "prm", n, question: "process", judges: [JUDGES.fineTuned] }),
  PARM: (n) => ({ kind: "parm", n, ...thresholds(n), judges: [JUDGES.parm] }),
  "PARM++ without reflection": (n) => plusPlus(n, 0),
  "PARM++": (n) => plusPlus(n, 3),
  "random search": (n) => ({ kind: "random", n, judges: [JUDGES.fineTuned] }),
  "zero-order search": (n) => ({ kind: "zero-order", n, judges: [JUDGES.fineTuned] }),
  "search over paths": (n) => ({ kind: "over-paths", n, question: "process", judges: [JUDGES.fineTuned] }),
  "ensemble by rank": (n) => ensemble(n, "rank"),
  "ensemble by mean": (n) => ensemble(n, "mean"),
} as const satisfies Record<string, (n: number) => Verifier>;
export type VerifierName = keyof typeof VERIFIERS;

/** The generators, by what was done to the base. */
export const CHECKPOINTS = {
  none: "scenes-base",
  DPO: "paper-alignments/round-1",
  "iterative DPO": "paper-alignments/round-2",
  "iterative DPO guided by ORM fine-tuned": "paper-alignments/round-3",
  "iterative DPO guided by PARM": "paper-alignments/round-4",
  "self-correction fine-tuning": "scenes-self-correct",
} as const;
type Alignment = "none" | "DPO" | "iterative DPO" | "self-correction fine-tuning";
type Guidance = "none" | "ORM fine-tuned" | "PARM";

/** One configuration, in the paper's words. */
export interface PaperRow {
  readonly verifier: VerifierName;
  readonly alignment: Alignment;
  readonly guidance: Guidance;
  readonly reflection: "none" | "without" | "with";
  /** Overall score of the paper's generator (Show-o); null where it has no such row. */
  readonly paper: number | null;
}

/** Tables 3 and 5 of arXiv 2501.13926 in their order, then the searches of arXiv 2501.09732. */
export const PAPER_ROWS: readonly PaperRow[] = [
  row("none", "none", 0.53),
  row("ORM zero-shot", "none", 0.61),
  row("ORM fine-tuned", "none", 0.63),
  row("PRM zero-shot", "none", 0.53),
  row("PRM fine-tuned", "none", 0.55),
  row("PARM", "none", 0.67),
  row("none", "DPO", 0.62),
  row("none", "iterative DPO", 0.65),
  row("ORM zero-shot", "iterative DPO", 0.7),
  row("ORM fine-tuned", "iterative DPO", 0.72),
  row("PARM", "iterative DPO", 0.74),
  row("none", "iterative DPO", 0.67, "ORM fine-tuned"),
  row("none", "iterative DPO", 0.69, "PARM"),
  row("ORM fine-tuned", "iterative DPO", 0.75, "ORM fine-tuned"),
  row("PARM", "iterative DPO", 0.77, "PARM"),
  row("none", "self-correction fine-tuning", 0.51),
  row("ORM fine-tuned", "self-correction fine-tuning", 0.58),
  row("PARM", "self-correction fine-tuning", 0.64),
  { ...row("PARM++ without reflection", "self-correction fine-tuning", 0.61), reflection: "without" },
  { ...row("PARM++", "self-correction fine-tuning", 0.7), reflection: "with" },
  row("random search", "none", null),
  row("zero-order search", "none", null),
  row("search over paths", "none", null),
  row("ensemble by rank", "none", null),
  row("ensemble by mean", "none", null),
];

/** A configuration as a row of a pipeline. */
export function rowOf(paper: Pick<PaperRow, "verifier" | "alignment" | "guidance">, n = 20): Row {
  const { verifier, alignment, guidance } = paper;
  const generator = guidance === "none" ? alignment : (`${alignment} guided by ${guidance}` as const);
  return {
    verifier: VERIFIERS[verifier](n),
    label: labelOf(verifier, n),
    checkpoints: { fixed: CHECKPOINTS[generator as keyof typeof CHECKPOINTS] },
  };
}

/** How a verifier is called in a row: empty for none. */
export function labelOf(verifier: VerifierName, n: number): string | null {
  return verifier === "none" ? null : `${verifier}, N = ${n}`;
}

function row(
  verifier: VerifierName,
  alignment: Alignment,
  paper: number | null,
  guidance: Guidance = "none",
) {
  return { verifier, alignment, guidance, reflection: "none", paper } as const;
}

function plusPlus(n: number, reflections: number): Verifier {
  const judgeOf = reflections === 0 ? {} : { judgeOf: { reflection: JUDGES.reflection } };
  return { kind: "parm-plus-plus", n, ...thresholds(n), reflections, judges: [JUDGES.parm], ...judgeOf };
}

function ensemble(n: number, rule: "rank" | "mean"): Verifier {
  return { kind: "orm", n, judges: [JUDGES.zeroShot, JUDGES.fineTuned], ensemble: rule };
}
