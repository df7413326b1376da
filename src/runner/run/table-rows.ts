import type { RunConfig } from "../../config/freeze-config.js";
import type { RoundConfig } from "../../config/schema/round.js";
import type { RowConfig } from "../../config/schema/run.js";
import type { VerifierConfig } from "../../config/schema/verifier.js";
import { ConfigError } from "../../errors.js";
import { verifierLabel, verifierSlug } from "../../search/verifiers.js";
import { hashOf } from "../../stages/hash.js";

/** One row of the final table: a checkpoint under a verifier. */
export interface EvaluationRowPlan {
  /** 0 is the base; round k is the checkpoint that round k trained. */
  readonly round: number;
  /** Unique in the run: "base", "round 2 + ORM best-of-8". */
  readonly label: string;
  /** Name of its stage: `evaluation-plain`, `evaluation-best-of-8`. */
  readonly stage: string;
  readonly verifier: VerifierConfig;
  /** Reference of a checkpoint that the run does not make; undefined for the round's own. */
  readonly fixed?: string;
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
  // What the run does not make is measured with its base.
  const wanted = config.evaluation.rows.filter(({ checkpoints }) =>
    typeof checkpoints === "string" ? applies[checkpoints] : round === 0,
  );
  const rows = wanted.map((row) => planOf(row, round));
  return rows.filter((row, index) => !isRepeated(row, rows.slice(0, index)));
}

/** The round whose candidates and prompts a round draws: those of the first round that starts where it says. */
export function drawnAs({ from }: Pick<RoundConfig, "from">, round: number): number {
  return from === null ? round : from + 1;
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

function planOf({ verifier, label, checkpoints }: RowConfig, round: number): EvaluationRowPlan {
  if (typeof checkpoints === "string") return { round, verifier, ...namesOf(round, verifier, label) };
  const { fixed } = checkpoints;
  return { round, verifier, fixed, ...namesOf(fixed, verifier, label) };
}

/** "base" or "round 2". */
export function checkpointLabel(round: number): string {
  return round === 0 ? "base" : `round ${round}`;
}

function namesOf(checkpoint: number | string, verifier: VerifierConfig, given: string | null) {
  const name = typeof checkpoint === "string" ? checkpoint : checkpointLabel(checkpoint);
  const own = given ?? verifierLabel(verifier);
  const stage = given === null ? verifierSlug(verifier) : given.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return { label: own === "" ? name : `${name} + ${own}`, stage: `evaluation-${stage}` };
}
