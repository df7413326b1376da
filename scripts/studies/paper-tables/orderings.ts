import type { PaperRow } from "../../../pipelines/paper/rows.js";
import { holmPValues } from "../../../src/statistics/holm.js";
import type { Comparing, Measured } from "./measured.js";
import { sayRow } from "./table.js";

type Named = Pick<PaperRow, "verifier" | "alignment" | "guidance">;

/** What the paper says of two rows: `better` scores higher than `worse`. */
export interface Claim {
  readonly claim: string;
  readonly better: Named;
  readonly worse: Named;
}

/** A claim against what was measured. */
export interface Ordering {
  readonly claim: string;
  readonly better: string;
  readonly worse: string;
  /** `better` less `worse`, paired. Null while one of the two was not run. */
  readonly delta: number | null;
  readonly ci: readonly [number, number] | null;
  readonly p: number | null;
  /** `p` corrected for the number of claims that were run (Holm). */
  readonly corrected_p: number | null;
  readonly outcome: "agrees" | "not told" | "contradicts" | "not yet run";
}

const ON_BASE = { alignment: "none", guidance: "none" } as const;
const ON_DPO = { alignment: "iterative DPO", guidance: "none" } as const;
const CORRECTED = { alignment: "self-correction fine-tuning", guidance: "none" } as const;

const none = { verifier: "none", ...ON_BASE } as const;
const zeroShot = { verifier: "ORM zero-shot", ...ON_BASE } as const;
const fineTuned = { verifier: "ORM fine-tuned", ...ON_BASE } as const;
const parm = { verifier: "PARM", ...ON_BASE } as const;
const reflecting = { verifier: "PARM++", ...CORRECTED } as const;

/** The paper's orderings (arXiv 2501.13926, tables 3 and 5). */
export const CLAIMS: readonly Claim[] = [
  { claim: "the zero-shot ORM over none", better: zeroShot, worse: none },
  { claim: "the fine-tuned ORM over the zero-shot one", better: fineTuned, worse: zeroShot },
  ...(["PRM zero-shot", "PRM fine-tuned"] as const).map((verifier) => ({
    claim: "PRMs gain little: less than the fine-tuned ORM",
    better: fineTuned,
    worse: { verifier, ...ON_BASE },
  })),
  ...(["ORM zero-shot", "ORM fine-tuned", "PRM zero-shot", "PRM fine-tuned"] as const).map((verifier) => ({
    claim: "PARM is the best single verifier",
    better: parm,
    worse: { verifier, ...ON_BASE },
  })),
  {
    claim: "PARM++ with reflection over without",
    better: reflecting,
    worse: { verifier: "PARM++ without reflection", ...CORRECTED },
  },
  {
    claim: "PARM++ with reflection over PARM",
    better: reflecting,
    worse: { verifier: "PARM", ...CORRECTED },
  },
  { claim: "DPO over none", better: { verifier: "none", alignment: "DPO", guidance: "none" }, worse: none },
  {
    claim: "iterative DPO over DPO",
    better: { verifier: "none", ...ON_DPO },
    worse: { verifier: "none", alignment: "DPO", guidance: "none" },
  },
  ...(["ORM zero-shot", "ORM fine-tuned", "PARM"] as const).flatMap((verifier) => [
    {
      claim: "verifier and DPO over the verifier alone",
      better: { verifier, ...ON_DPO },
      worse: { verifier, ...ON_BASE },
    },
    {
      claim: "verifier and DPO over DPO alone",
      better: { verifier, ...ON_DPO },
      worse: { verifier: "none" as const, ...ON_DPO },
    },
  ]),
  ...(["ORM fine-tuned", "PARM"] as const).flatMap((guidance) => [
    {
      claim: "reward guidance over none",
      better: { verifier: "none" as const, alignment: "iterative DPO" as const, guidance },
      worse: { verifier: "none" as const, ...ON_DPO },
    },
    {
      claim: "reward guidance over none, with its verifier",
      better: { verifier: guidance, alignment: "iterative DPO" as const, guidance },
      worse: { verifier: guidance, ...ON_DPO },
    },
  ]),
];

/** Below it a corrected p-value counts. */
const SIGNIFICANT = 0.05;

/** Each claim with its paired difference and p-value; `find` gives a row's images once they are judged. */
export function orderingsOf(find: (row: Named) => Measured | undefined, comparing: Comparing): Ordering[] {
  const tested = CLAIMS.map(({ claim, better, worse }) => {
    const [high, low] = [find(better), find(worse)];
    const difference = high && low && comparing.difference(low, high);
    return { names: { claim, better: sayRow(better), worse: sayRow(worse) }, difference };
  });
  const corrected = holmPValues(tested.flatMap(({ difference }) => difference?.p ?? []))[Symbol.iterator]();
  return tested.map(({ names, difference }) => {
    if (difference === undefined)
      return { ...names, delta: null, ci: null, p: null, corrected_p: null, outcome: "not yet run" };
    const { delta, ci, p } = difference;
    const correctedP = corrected.next().value as number;
    return { ...names, delta, ci, p, corrected_p: correctedP, outcome: outcomeOf(delta, correctedP) };
  });
}

function outcomeOf(delta: number, correctedP: number): Ordering["outcome"] {
  if (correctedP >= SIGNIFICANT) return "not told";
  return delta > 0 ? "agrees" : "contradicts";
}
