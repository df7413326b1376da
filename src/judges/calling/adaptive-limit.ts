import { setTimeout } from "node:timers/promises";

/**
 * How many calls are under way together: at most `most`; half as many whenever the server has too many, and one more for each
 * round of calls that went well (additive increase, multiplicative decrease: Chiu and Jain, 1989).
 */
export class AdaptiveLimit {
  readonly #most: number;
  #allowed: number;
  #running = 0;
  #wellSince = 0;
  #notBefore = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
    this.#allowed = most;
  }

  /** Calls that are allowed together at present. */
  get allowed(): number {
    return this.#allowed;
  }

  /** Does `work` once there is room, and no pause that the server asked for. */
  async run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    while (this.#running >= this.#allowed) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#running += 1;
    try {
      for (let left = this.#notBefore - Date.now(); left > 0; left = this.#notBefore - Date.now()) {
        await setTimeout(left, undefined, signal ? { signal } : {});
      }
      return await work();
    } finally {
      this.#running -= 1;
      this.#wake();
    }
  }

  wentWell(): void {
    this.#wellSince += 1;
    if (this.#wellSince < this.#allowed || this.#allowed >= this.#most) return;
    this.#wellSince = 0;
    this.#allowed += 1;
    this.#wake();
  }

  /** The server has too many calls: none begins for `pause` milliseconds. */
  hadTooMany(pause: number): void {
    // Calls that were under way together meet the same limit; it counts once.
    if (Date.now() >= this.#notBefore) this.#allowed = Math.max(1, Math.floor(this.#allowed / 2));
    this.#wellSince = 0;
    this.#notBefore = Math.max(this.#notBefore, Date.now() + pause);
  }

  #wake(): void {
    for (let free = this.#allowed - this.#running; free > 0; free--) this.#waiting.shift()?.();
  }
}
