/** Where long work says how far it is. A stage takes one as a parameter and never writes to the terminal itself. */
export interface Progress {
  /**
   * Opens a task. `total` and `done` are counted in `unit`, a plural noun ("images", "steps").
   * `done` says how much was already there when work resumed; it does not count into the rate.
   */
  start(name: string, total: number, unit: string, done?: number): ProgressTask;
  /** One line beside the bars, e.g. "round 2 of 2" or a warning. */
  note(text: string): void;
}

/** One task in progress. Tasks may overlap; each is ended exactly once (a second `end` does nothing). */
export interface ProgressTask {
  /** `count` more are done. `detail` is a short live text, e.g. "loss 0.61". */
  advance(count: number, detail?: string): void;
  end(): void;
}

/** Its methods need their object, as those of a progress that speaks do: a bare one fails with `--json` as well. */
class Silent implements Progress {
  readonly #task: ProgressTask = { advance() {}, end() {} };
  #unsaid = 0;

  start(): ProgressTask {
    return this.#task;
  }

  note(): void {
    this.#unsaid += 1;
  }
}

/** Says nothing: for tests, `--json`, and callers of the library that do not care. */
export const SILENT: Progress = new Silent();
