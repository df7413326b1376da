import type { Path } from "../../records/seams.js";
import type { SearchContext, SearchCost } from "../strategy.js";
import { costOf } from "./budget.js";

/**
 * PARM's rule for too few survivors: while fewer than `least` paths have survived, the most hopeful of the cut ones wait at
 * the step where they were cut, as many as are missing. They hold a grid of tokens and no slot. All others are dropped at once.
 * `least` 1 is the paper's rule for N' = 0.
 */
export class FallbackPaths {
  /** Paths cut so far. */
  offered = 0;
  readonly #context: SearchContext;
  readonly #least: number;
  /** The most hopeful first. */
  readonly #waiting: Cut[] = [];
  #survived = 0;

  constructor(context: SearchContext, least: number) {
    this.#context = context;
    this.#least = least;
  }

  /** What it would cost to run the waiting paths to their ends and to ask for their outcomes. */
  get cost(): SearchCost {
    const steps = this.#waiting.reduce((sum, { path }) => sum + this.#context.steps - path.step, 0);
    return costOf(this.#context, steps, this.#waiting.length);
  }

  /** A path is cut; `potential` is its P(yes). */
  offer(path: Path, potential: number, why: string): void {
    this.offered += 1;
    this.#waiting.push({ path, potential, why });
    this.#waiting.sort(mostHopefulFirst);
    this.#dropBut(this.#least - this.#survived);
  }

  /** A path has survived: one less needs to wait. */
  release(): void {
    this.#survived += 1;
    this.#dropBut(this.#least - this.#survived);
  }

  /** The waiting paths. */
  take(): Path[] {
    return this.#waiting.splice(0).map(({ path }) => path);
  }

  /** Drops those that wait: enough was found. */
  giveUp(): void {
    this.#dropBut(0);
  }

  #dropBut(count: number): void {
    for (const { path, why } of this.#waiting.splice(Math.max(0, count))) this.#context.drop(path, why);
  }
}

interface Cut {
  readonly path: Path;
  readonly potential: number;
  readonly why: string;
}

/** By potential; equal ones by seed, because the order in which paths are cut depends on the batches. */
function mostHopefulFirst(one: Cut, other: Cut): number {
  return other.potential - one.potential || one.path.seed - other.path.seed;
}
