import type { Progress, ProgressTask } from "../../src/records/progress.js";

/** What a `FakeProgress` does when it is told something. */
export interface ProgressHooks {
  readonly start?: (...told: Parameters<Progress["start"]>) => void;
  readonly advance?: (...told: Parameters<ProgressTask["advance"]>) => void;
  readonly end?: () => void;
  readonly note?: (text: string) => void;
}

/** Progress that keeps its notes. Its methods need their object, as those of the real one do. */
export class FakeProgress implements Progress {
  readonly notes: string[] = [];
  readonly #hooks: ProgressHooks;

  constructor(hooks: ProgressHooks = {}) {
    this.#hooks = hooks;
  }

  start(...told: Parameters<Progress["start"]>): ProgressTask {
    this.#hooks.start?.(...told);
    return new FakeTask(this.#hooks);
  }

  note(text: string): void {
    this.notes.push(text);
    this.#hooks.note?.(text);
  }
}

class FakeTask implements ProgressTask {
  readonly #hooks: ProgressHooks;

  constructor(hooks: ProgressHooks) {
    this.#hooks = hooks;
  }

  advance(...told: Parameters<ProgressTask["advance"]>): void {
    this.#hooks.advance?.(...told);
  }

  end(): void {
    this.#hooks.end?.();
  }
}
