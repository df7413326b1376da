import type { RunConfig } from "../config/freeze-config.js";
import type { VerifierConfig } from "../config/verifier-schema.js";
import { ConfigError } from "../errors.js";
import { verifierLabel, verifierSlug } from "../search/verifiers.js";
import { hashOf } from "../stages/hash.js";

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
  const rows = wanted.map(({ verifier, label }) => ({ round, verifier, ...namesOf(round, verifier, label) }));
  return rows.filter((row, index) => !isRepeated(row, rows.slice(0, index)));
}

/** Two entries may name the same row ("all" and "first"), but not different rows by one name. */
function isRepeated({ label, verifier }: EvaluationRowPlan, earlier: readonly EvaluationRowPlan[]): boolean {
  const same = earlier.find((row) => row.label === label);
  if (same === undefined) return false;
  if (hashOf(same.verifier) === hashOf(verifier)) return true;
  throw new ConfigError(
    `Expected rows of different verifiers to have different names, got two called "${label}". ` +
      'Give one of them a "label" in evaluation.rows.',
  );
}

/** "base" or "round 2". */
export function checkpointLabel(round: number): string {
  return round === 0 ? "base" : `round ${round}`;
}

function namesOf(round: number, verifier: VerifierConfig, given: string | null) {
  const name = checkpointLabel(round);
  const own = given ?? verifierLabel(verifier);
  const stage = given === null ? verifierSlug(verifier) : given.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return { label: own === "" ? name : `${name} + ${own}`, stage: `evaluation-${stage}` };
}
