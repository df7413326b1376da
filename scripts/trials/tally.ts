/** Counts what was tried, by kind, and keeps what failed. */
export class Tally {
  readonly #tried = new Map<string, number>();
  readonly #skipped = new Map<string, string>();
  readonly #failures: {
    readonly id: string;
    readonly kind: string;
    readonly complaints: readonly string[];
  }[] = [];

  constructor(
    /** How a single one is tried again. */
    readonly command: string,
  ) {}

  /** `id` names it for `--only`; `seen` is what the command printed, shown where it failed. */
  add(kind: string, id: string, complaints: readonly string[], seen = ""): void {
    this.#tried.set(kind, (this.#tried.get(kind) ?? 0) + 1);
    if (complaints.length === 0) return;
    this.#failures.push({ id, kind, complaints });
    console.log(`FAILED ${id}: ${complaints.join("; ")}`);
    if (seen !== "") console.log(seen.trim().slice(0, 1500).replace(/^/gm, "       "));
    console.log(`       again: ${this.command} --only ${id}`);
  }

  skip(kind: string, why: string): void {
    this.#skipped.set(kind, why);
  }

  get failed(): number {
    return this.#failures.length;
  }

  get tried(): number {
    return [...this.#tried.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Prints the counts by kind; returns the exit code. */
  report(what: string): 0 | 1 {
    const width = Math.max(...[...this.#tried.keys()].map((kind) => kind.length), 0);
    for (const [kind, count] of [...this.#tried].sort(([one], [other]) => one.localeCompare(other))) {
      const failed = this.#failures.filter((failure) => failure.kind === kind).length;
      console.log(
        `  ${kind.padEnd(width)}  ${String(count).padStart(5)}${failed > 0 ? `, ${failed} failed` : ""}`,
      );
    }
    for (const [kind, why] of this.#skipped) console.log(`  ${kind}: left out, ${why}`);
    console.log(`${this.tried} ${what}, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}
