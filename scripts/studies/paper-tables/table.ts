import type { PaperRow } from "../../../pipelines/paper/rows.js";
import type { Comparing, Measured } from "./measured.js";

/** A line of paper-tables.json. Costs are the mean of an image. */
export interface TableRow {
  /** In the paper's words, as are the next three. */
  readonly verifier: string;
  readonly alignment: string;
  readonly guidance: string;
  readonly reflection: string;
  /** Mean of the six tasks, 0..1, and its 95% interval. */
  readonly overall: number;
  readonly ci: readonly [number, number];
  readonly tasks: Readonly<Record<string, number>>;
  readonly images: number;
  /** Function evaluations of the generator, counted by the sampler. */
  readonly nfe: number;
  readonly judge_calls: number;
  /** Of the run; what it read back from an earlier row cost it nothing. */
  readonly seconds: number;
  /** Paired difference to the row without verifier and alignment, and its p-value. */
  readonly delta: number;
  readonly p: number;
}

/** The row in numbers; `baseline` is paired with it image by image. */
export function tableRow(
  paper: PaperRow,
  measured: Measured,
  baseline: Measured,
  comparing: Comparing,
): TableRow {
  const { overall, ci, tasks, images } = comparing.score(measured);
  const { delta, p } = comparing.difference(baseline, measured);
  const { nfe, judgeCalls, seconds, searches } = measured.costs;
  return {
    ...namesOf(paper),
    overall: rounded(overall),
    ci: [rounded(ci[0]), rounded(ci[1])],
    tasks: Object.fromEntries(Object.entries(tasks).map(([task, score]) => [task, rounded(score)])),
    images,
    nfe: rounded(nfe / searches),
    judge_calls: rounded(judgeCalls / searches),
    seconds: rounded(seconds / searches),
    delta: rounded(delta),
    p: rounded(p),
  };
}

/** The four columns that say which row it is. PARM++ is called so with and without reflection. */
export function namesOf({ verifier, alignment, guidance, reflection }: PaperRow) {
  return { verifier: verifier.replace(" without reflection", ""), alignment, guidance, reflection };
}

/** "PARM on iterative DPO guided by PARM". */
export function sayRow({ verifier, alignment, guidance }: Omit<PaperRow, "reflection" | "paper">): string {
  const generator = alignment === "none" ? "the base" : alignment;
  return `${verifier === "none" ? "no verifier" : verifier} on ${generator}${guidance === "none" ? "" : ` guided by ${guidance}`}`;
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
