/** How far two raters agree beyond chance, from answers added one item at a time. Memory does not grow with the items. */
export class TwoRaters {
  /** items[one][other]: how often the first said `one` and the second `other`. */
  readonly #table = new Map<string, Map<string, number>>();
  #items = 0;

  add(one: string, other: string): void {
    increase(this.#table, one, other, 1);
    this.#items += 1;
  }

  get items(): number {
    return this.#items;
  }

  /** Share of the items on which both said the same, 0..1; NaN without items. */
  get observed(): number {
    return sum([...this.#table].map(([one, row]) => row.get(one) ?? 0)) / this.#items;
  }

  /**
   * Cohen's kappa, (observed - expected) / (1 - expected), at most 1; NaN without items, or when both only ever said one
   * and the same thing (Cohen, "A coefficient of agreement for nominal scales", 1960).
   */
  get kappa(): number {
    const columns = new Map<string, number>();
    for (const row of this.#table.values()) {
      for (const [other, count] of row) columns.set(other, (columns.get(other) ?? 0) + count);
    }
    const chance = [...this.#table].map(([one, row]) => sum([...row.values()]) * (columns.get(one) ?? 0));
    const expected = sum(chance) / this.#items ** 2;
    return (this.observed - expected) / (1 - expected);
  }
}

/** How far any number of raters agree beyond chance, each item rated by any of them. Memory does not grow with the items. */
export class ManyRaters {
  readonly #coincidences = new Map<string, Map<string, number>>();
  #items = 0;

  /** What the raters said of one item, in any order. An item with fewer than two answers says nothing and is left out. */
  add(answers: readonly string[]): void {
    if (answers.length < 2) return;
    this.#items += 1;
    for (const [index, one] of answers.entries()) {
      for (const [place, other] of answers.entries()) {
        if (place !== index) increase(this.#coincidences, one, other, 1 / (answers.length - 1));
      }
    }
  }

  /** Items with at least two answers. */
  get items(): number {
    return this.#items;
  }

  /**
   * Krippendorff's alpha for nominal data, 1 - observed / expected disagreement, at most 1; NaN when there is nothing to
   * compare, or everyone only ever said one and the same thing (Krippendorff, "Computing Krippendorff's
   * Alpha-Reliability", 2011, section C).
   */
  get alpha(): number {
    const totals = [...this.#coincidences].map(([, row]) => sum([...row.values()]));
    const values = sum(totals);
    const agreeing = sum([...this.#coincidences].map(([one, row]) => row.get(one) ?? 0));
    const expected = values ** 2 - sum(totals.map((total) => total ** 2));
    return 1 - ((values - 1) * (values - agreeing)) / expected;
  }
}

function increase(table: Map<string, Map<string, number>>, one: string, other: string, by: number): void {
  const row = table.get(one) ?? new Map<string, number>();
  row.set(other, (row.get(other) ?? 0) + by);
  table.set(one, row);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
