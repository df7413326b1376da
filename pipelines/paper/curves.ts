import { PAPER_ROWS, type PaperRow, type VerifierName } from "./rows.js";

/** A point of a scaling curve: a verifier with N on a generator. */
export interface CurvePoint extends Pick<PaperRow, "verifier" | "alignment" | "guidance"> {
  readonly n: number;
}

/** They choose among N of the same 20 candidates, so every N costs nothing more. */
const POOLED = ["ORM zero-shot", "ORM fine-tuned", "ensemble by rank", "ensemble by mean"] as const;
/** PARM's paths are cut early; these are run at every N as well. */
const CUTTING = ["PARM"] as const;
/** They sample anew at every N: fewer points. */
const SAMPLING = ["PRM zero-shot", "PRM fine-tuned", "zero-order search", "search over paths"] as const;

const ALIGNMENTS = ["none", "DPO", "iterative DPO"] as const;

/** All points from N = 2 on; N = 1 is the row without a verifier. Random search is the ORM's curve. */
export const CURVE_POINTS: readonly CurvePoint[] = ALIGNMENTS.flatMap((alignment) => [
  ...points(POOLED, alignment, [2, 4, 8, 16, 20]),
  ...points(CUTTING, alignment, [2, 4, 8, 16, 20]),
  // Only on the base are they worth N = 20.
  ...points(SAMPLING, alignment, alignment === "none" ? [4, 8, 20] : [4, 8]),
]);

/** Those that the tables do not have already. */
export const OWN_POINTS = CURVE_POINTS.filter(
  ({ verifier, alignment, guidance, n }) =>
    n !== 20 ||
    !PAPER_ROWS.some(
      (row) => row.verifier === verifier && row.alignment === alignment && row.guidance === guidance,
    ),
);

function points(
  verifiers: readonly VerifierName[],
  alignment: PaperRow["alignment"],
  ns: readonly number[],
): CurvePoint[] {
  return verifiers.flatMap((verifier) =>
    ns.map((n) => ({ verifier, alignment, guidance: "none" as const, n })),
  );
}
