import type { RunConfig } from "../config/freeze-config.js";
import type { VerifierConfig } from "../config/run-schema.js";

/** One row of the final table: a checkpoint under a verifier. */
export interface EvaluationRowPlan {
  /** 0 is the base; round k is the checkpoint that round k trained. */
  readonly round: number;
  /** Unique in the run: "base", "round 2 + ORM best-of-8". */
  readonly label: string;
  /** Name of its stage: `evaluation-plain`, `evaluation-best-of-8`. */
  readonly stage: string;
  readonly verifier: VerifierConfig;
}

/** The rows of the checkpoint that round `round` made; `promoted` is the last one promoted, once that is known. */
export function rowsOf(config: RunConfig, round: number, promoted?: number): EvaluationRowPlan[] {
  const last = config.rounds.length;
  const applies = {
    all: true,
    first: round === 0,
    last: round === last,
    "first-and-last": round === 0 || round === last,
    promoted: round === promoted,
  };
  const wanted = config.evaluation.rows.filter(({ checkpoints }) => applies[checkpoints]);
  const rows = wanted.map(({ verifier }) => ({ round, verifier, ...namesOf(round, verifier) }));
  return rows.filter(({ label }, index) => rows.findIndex((row) => row.label === label) === index);
}

/** "base" or "round 2". */
export function checkpointLabel(round: number): string {
  return round === 0 ? "base" : `round ${round}`;
}

function namesOf(round: number, verifier: VerifierConfig): { label: string; stage: string } {
  const name = checkpointLabel(round);
  if (verifier.kind === "none") return { label: name, stage: "evaluation-plain" };
  return { label: `${name} + ORM best-of-${verifier.n}`, stage: `evaluation-best-of-${verifier.n}` };
}
