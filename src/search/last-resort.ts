import type { Path } from "../records/seams.js";
import { costOf } from "./budget.js";
import type { SearchContext, SearchCost } from "./strategy.js";

/**
 * PARM's N' = 0 rule: while no path has survived, the most hopeful of the cut ones waits at the step where it was cut.
 * It holds a grid of tokens and no slot. All other cut paths are dropped at once; so is this one as soon as a path survives.
 */
export class LastResort {
  /** Paths cut so far. */
  offered = 0;
  readonly #context: SearchContext;
  #waiting: Cut | undefined;
  #needed = true;

  constructor(context: SearchContext) {
    this.#context = context;
  }

  /** What it would cost to run the waiting path to its end and to ask for its outcome. */
  get cost(): SearchCost {
    if (this.#waiting === undefined) return { nfe: 0, judgeCalls: 0 };
    return costOf(this.#context, this.#context.steps - this.#waiting.path.step, 1);
  }

  /** A path is cut; `potential` is its P(yes). */
  offer(path: Path, potential: number, why: string): void {
    this.offered += 1;
    const cut = { path, potential, why };
    const worse = this.#needed ? this.#keepBetter(cut) : cut;
    if (worse !== undefined) this.#context.drop(worse.path, worse.why);
  }

  /** A path has survived: none needs to wait. */
  release(): void {
    this.#needed = false;
    if (this.#waiting !== undefined) this.#context.drop(this.#waiting.path, this.#waiting.why);
    this.#waiting = undefined;
  }

  /** The waiting path, when all were cut. */
  take(): Path | undefined {
    const path = this.#waiting?.path;
    this.#waiting = undefined;
    return path;
  }

  /** Returns the one of the two that need not wait. */
  #keepBetter(cut: Cut): Cut | undefined {
    const waiting = this.#waiting;
    if (waiting !== undefined && !isBetter(cut, waiting)) return cut;
    this.#waiting = cut;
    return waiting;
  }
}

interface Cut {
  readonly path: Path;
  readonly potential: number;
  readonly why: string;
}

/** By potential; equal ones by seed, because the order in which paths are cut depends on the batches. */
function isBetter(one: Cut, other: Cut): boolean {
  if (one.potential !== other.potential) return one.potential > other.potential;
  return one.path.seed < other.path.seed;
}
