import {
  type Duel,
  deviationBetween,
  logistic,
  type Strengths,
  strengthsOf,
  surelyStronger,
} from "../../statistics/bradley-terry.js";

export interface TournamentRules {
  /** Share of all pairs that is compared at most, 0..1. */
  readonly most: number;
  /** What it must be sure of: that its first is better than its last, or who is the best and who the worst. */
  readonly until: "pair" | "ends";
  /** How sure, 0.5..1. */
  readonly confidence: number;
}

/** Two players, by their places. */
export type Pairing = readonly [one: number, other: number];

/**
 * Whom to compare next, round by round: pairs that do not share a player, those first that tell most about who is the best and who the
 * worst. Nobody meets twice: a judge that is asked the same again says the same.
 */
export class Tournament {
  readonly #players: number;
  readonly #rules: TournamentRules;
  readonly #duels: Duel[] = [];
  readonly #met = new Set<string>();
  #strengths: Strengths;

  constructor(players: number, rules: TournamentRules) {
    this.#players = players;
    this.#rules = rules;
    this.#strengths = strengthsOf(players, []);
  }

  get strengths(): Strengths {
    return this.#strengths;
  }

  /** Pairs that were met, those without an answer among them. */
  get comparisons(): number {
    return this.#met.size;
  }

  /** The pairs of the next round; none once the ends are settled, or there is nobody left to meet. */
  next(): Pairing[] {
    const all = (this.#players * (this.#players - 1)) / 2;
    const left = Math.max(1, Math.floor(all * this.#rules.most)) - this.#met.size;
    const open = this.#contenders();
    if (left <= 0 || open.size === 0) return [];
    const pairings = this.#unmet(open).sort((one, other) => this.#worth(other) - this.#worth(one));
    const busy = new Set<number>();
    const round: Pairing[] = [];
    for (const pairing of pairings) {
      if (round.length >= left || pairing.some((player) => busy.has(player))) continue;
      for (const player of pairing) busy.add(player);
      round.push(pairing);
    }
    return round;
  }

  /** What the pairs of a round came to, in their order: the win of the first, 0..1; undefined where nobody could say. */
  played(round: readonly Pairing[], wins: readonly (number | undefined)[]): void {
    for (const [index, [one, other]] of round.entries()) {
      this.#met.add(`${one} ${other}`);
      const win = wins[index];
      if (win !== undefined) this.#duels.push({ one, other, win });
    }
    this.#strengths = strengthsOf(this.#players, this.#duels);
  }

  /** Who may still be the best, or the worst; none where enough is settled. */
  #contenders(): Set<number> {
    const order = [...this.#strengths.values.keys()].sort(
      (one, other) => (this.#strengths.values[other] as number) - (this.#strengths.values[one] as number),
    );
    const [best, worst] = [order[0] as number, order.at(-1) as number];
    const { until, confidence } = this.#rules;
    if (until === "pair" && surelyStronger(this.#strengths, best, worst) >= confidence) return new Set();
    const doubt = 1 - confidence;
    const highest = order.filter((one) => one === best || surelyStronger(this.#strengths, one, best) > doubt);
    const lowest = order.filter(
      (one) => one === worst || surelyStronger(this.#strengths, worst, one) > doubt,
    );
    return new Set([highest, lowest].filter(({ length }) => length > 1).flat());
  }

  /** Pairs of contenders that did not meet; where there are none, of a contender and anybody. */
  #unmet(open: ReadonlySet<number>): Pairing[] {
    const found: Pairing[] = [];
    const others: Pairing[] = [];
    for (let one = 0; one < this.#players; one++) {
      for (let other = one + 1; other < this.#players; other++) {
        if (this.#met.has(`${one} ${other}`)) continue;
        const inside = Number(open.has(one)) + Number(open.has(other));
        if (inside === 2) found.push([one, other]);
        else if (inside === 1) others.push([one, other]);
      }
    }
    return found.length > 0 ? found : others;
  }

  /** How much of an unknown difference one answer would tell: its variance, times how open the answer is. */
  #worth([one, other]: Pairing): number {
    const { values } = this.#strengths;
    const chance = logistic((values[one] as number) - (values[other] as number));
    return deviationBetween(this.#strengths, one, other) ** 2 * chance * (1 - chance);
  }
}
