import { NOTHING_SPENT, type Spent } from "../../adapters/store/index.js";
import type { CalledJudgeConfig } from "../../config/schema/judges.js";
import { ConfigError } from "../../errors.js";

type Paid = Pick<CalledJudgeConfig, "name" | "prices" | "expected" | "budget">;

/** Tokens of one call, as the server counts them. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const MILLION = 1_000_000;

/** What a call of so many tokens costs. */
export function costOf({ prices }: Pick<Paid, "prices">, { inputTokens, outputTokens }: Usage): number {
  return (inputTokens * prices.input + outputTokens * prices.output) / MILLION + prices.call;
}

/** What a call is expected to cost. */
export function expectedCost(config: Pick<Paid, "prices" | "expected">): number {
  return costOf(config, { inputTokens: config.expected.input, outputTokens: config.expected.output });
}

/**
 * Counts what calls take, and lets none begin that could pass the budget: of every call under way, as much is kept back as
 * the dearest one so far took, and no less than what is expected.
 */
export class Spending {
  readonly #config: Paid;
  #calls: number;
  #cost: number;
  #dearest: number;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(config: Paid, before: Pick<Spent, "calls" | "cost"> = NOTHING_SPENT) {
    this.#config = config;
    this.#calls = before.calls;
    this.#cost = before.cost;
    this.#dearest = expectedCost(config);
  }

  /** Waits while only calls under way stand against another one. Throws ConfigError where the budget has no room for it. */
  async begin(): Promise<void> {
    while (!this.#hasRoom()) {
      if (this.#underWay === 0) throw this.#usedUp();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#underWay += 1;
  }

  /** A call has ended. What it took is counted, of one without usage what was kept back: it may have been served. */
  end(usage: Usage | undefined): Spent {
    const { inputTokens, outputTokens } = usage ?? {
      inputTokens: this.#config.expected.input,
      outputTokens: this.#config.expected.output,
    };
    const cost = costOf(this.#config, { inputTokens, outputTokens });
    this.#release(cost);
    return { calls: 1, inputTokens, outputTokens, cost };
  }

  /** A call was refused, so that nothing was served. */
  refused(): Spent {
    this.#release(0);
    return { ...NOTHING_SPENT, calls: 1 };
  }

  /** A call that never reached the server. */
  withdrawn(): void {
    this.#calls -= 1;
    this.#release(0);
  }

  #release(cost: number): void {
    this.#underWay -= 1;
    this.#calls += 1;
    this.#cost += cost;
    this.#dearest = Math.max(this.#dearest, cost);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #hasRoom(): boolean {
    const { money, calls } = this.#config.budget;
    const next = this.#underWay + 1;
    if (calls !== null && this.#calls + next > calls) return false;
    // Sums of many small costs differ in their last bits.
    return money === null || this.#cost + next * this.#dearest <= money * (1 + 1e-9);
  }

  #usedUp(): ConfigError {
    const { name, budget } = this.#config;
    const limits = [
      ...(budget.calls === null ? [] : [`${budget.calls} calls`]),
      ...(budget.money === null ? [] : [`${budget.money} of money`]),
    ];
    return new ConfigError(
      `The budget of judge "${name}" (${limits.join(", ")}) has no room for another call: ${this.#calls} calls were made for ` +
        `${this.#cost.toFixed(4)}, and the next may cost ${this.#dearest.toFixed(4)}. What was answered is kept; raise "budget" and run ` +
        "the same command to go on.",
    );
  }
}
