import { ConfigError } from "../../errors.js";
import type { SearchContext, SearchCost } from "../strategy.js";

/** When the search for one image stops, beside its N. What is left out does not limit it. */
export interface Budget {
  /** Function evaluations of the generator, at most. */
  readonly nfe?: number;
  /** Images shown to the judge, at most. */
  readonly judgeCalls?: number;
  /** Score (0..1) from which an image is good enough to stop early. */
  readonly confidence?: number;
  /** Paths begun together; the search looks at its budget between such waves. */
  readonly atOnce?: number;
}

/** Paths begun together by a search that may stop early. */
export const EARLY_STOP_WAVE = 4;

export interface WavesOptions {
  /** N: paths in all. */
  readonly candidates: number;
  readonly budget: Budget;
  /** The most that one path can cost. */
  readonly worst: SearchCost;
  /** What must be left over, as it stands before each wave. */
  readonly reserved?: () => SearchCost;
}

/**
 * Numbers of the paths to begin, wave by wave, from 0. A wave is as large as the budget bears if every path of it costs
 * its worst; what cheaper paths left over goes to the next wave. Nothing of a wave may be in flight when the next is
 * taken: so the waves do not depend on how the paths were batched. Throws ConfigError when not one path can be borne.
 */
export function* waves(context: SearchContext, options: WavesOptions): Generator<number[], void> {
  const { candidates, budget, worst, reserved = () => NOTHING } = options;
  if (affordable({ spent: NOTHING }, budget, worst) < 1) throw tooSmall(context, budget, worst);
  const atOnce = budget.atOnce ?? (budget.confidence === undefined ? candidates : EARLY_STOP_WAVE);
  for (let begun = 0; begun < candidates; ) {
    const borne = affordable(context, budget, worst, reserved());
    const count = Math.min(atOnce, candidates - begun, borne);
    if (count < 1) return;
    const first = begun;
    yield Array.from({ length: count }, (_, index) => first + index);
    begun += count;
  }
}

/** How often `price` can still be paid when `reserved` is kept back; Infinity without a limit. */
export function affordable(
  { spent }: Pick<SearchContext, "spent">,
  budget: Budget,
  price: SearchCost,
  reserved: SearchCost = NOTHING,
): number {
  const times = (limit: number | undefined, measure: keyof SearchCost) =>
    limit === undefined || price[measure] === 0
      ? Number.POSITIVE_INFINITY
      : Math.max(0, Math.floor((limit - spent[measure] - reserved[measure]) / price[measure]));
  return Math.min(times(budget.nfe, "nfe"), times(budget.judgeCalls, "judgeCalls"));
}

/** The cost of `steps` steps of one path and of `judgeCalls` questions about it. */
export function costOf(context: SearchContext, steps: number, judgeCalls: number): SearchCost {
  return { nfe: steps * context.evaluationsPerStep, judgeCalls };
}

const NOTHING: SearchCost = { nfe: 0, judgeCalls: 0 };

function tooSmall({ steps }: SearchContext, budget: Budget, worst: SearchCost): ConfigError {
  const short = budget.nfe !== undefined && budget.nfe < worst.nfe;
  const [name, least, got] = short
    ? ["nfe", worst.nfe, budget.nfe]
    : ["judgeCalls", worst.judgeCalls, budget.judgeCalls];
  return new ConfigError(
    `Expected "budget.${name}" to be at least ${least}, what one path of ${steps} steps can take, got ${got}. ` +
      "Raise it, or leave it out.",
  );
}
