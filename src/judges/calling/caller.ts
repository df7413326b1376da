import { setMaxListeners } from "node:events";
import { setTimeout } from "node:timers/promises";
import { type Posted, postJson } from "../../adapters/http/index.js";
import { NOTHING_SPENT, type Spent } from "../../adapters/store/index.js";
import type { CalledJudgeConfig } from "../../config/schema/judges.js";
import { ConfigError } from "../../errors.js";
import { AdaptiveLimit } from "./adaptive-limit.js";
import { Spending, type Usage } from "./spending.js";

/** What came of a call, after all of its tries. */
export type Called = { readonly spent: Spent } & (
  | { readonly body: unknown; readonly reason?: undefined }
  | { readonly body?: undefined; readonly reason: string }
);

export interface CallerOptions {
  readonly config: CalledJudgeConfig;
  /** What calls of earlier processes took. */
  readonly before?: Pick<Spent, "calls" | "cost">;
  /** What the body of an answer says that it took; undefined where it says nothing. */
  readonly usageOf: (body: unknown) => Usage | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onNote?: ((text: string) => void) | undefined;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Servers that may answer the same call a moment later. */
const PASSING = [408, 425, 429, 500, 502, 503, 504, 529];
const TOO_MANY = [429, 503, 529];
/** No call can go well after these: the run stops. */
const FATAL = [401, 402, 403, 404, 405];

/** Calls one server: as many together as it bears, patiently, and never beyond the budget. */
export class Caller {
  readonly #options: CallerOptions;
  readonly #limit: AdaptiveLimit;
  readonly #spending: Spending;
  #hasAnswered = false;
  #stopped: Error | undefined;

  constructor(options: CallerOptions) {
    this.#options = options;
    // Every call under way listens to it.
    if (options.signal) setMaxListeners(0, options.signal);
    this.#limit = new AdaptiveLimit(options.config.concurrency);
    this.#spending = new Spending(options.config, options.before);
  }

  /**
   * Posts to `path` below the judge's address what `body` makes once its turn has come. A call that fails is an answer with the reason. Throws ConfigError
   * where no call can succeed: a key that is not taken, an address where nothing answers, a budget that is used.
   */
  async post(path: string, body: () => Promise<object>): Promise<Called> {
    const { signal } = this.#options;
    return this.#limit.run(async () => {
      if (this.#stopped) throw this.#stopped;
      try {
        return await this.#patiently(path, JSON.stringify(await body()));
      } catch (error) {
        // What was begun ends; nothing else begins.
        if (error instanceof ConfigError) this.#stopped = error;
        throw error;
      }
    }, signal);
  }

  async #patiently(path: string, body: string): Promise<Called> {
    const { attempts, pause, patience } = this.#options.config;
    let spent: Spent = NOTHING_SPENT;
    let waited = 0;
    for (let attempt = 1; ; ) {
      await this.#spending.begin();
      const posted = await this.#once(path, body);
      spent = added(spent, this.#paid(posted));
      if (posted.kind === "answered") return { body: posted.body, spent };
      this.#refuseHopeless(posted);
      const asked = posted.kind === "refused" ? posted.pause : undefined;
      const next = asked ?? pause * 1000 * 2 ** (attempt - 1);
      if (posted.kind === "refused" && TOO_MANY.includes(posted.status)) this.#slowDown(next);
      waited += asked ?? 0;
      const isLast = asked === undefined ? attempt++ >= attempts : waited > patience * 1000;
      if (isLast || !isPassing(posted)) return { reason: reasonOf(posted, spent.calls), spent };
      await this.#wait(next);
    }
  }

  async #once(path: string, body: string): Promise<Posted> {
    const { config, signal } = this.#options;
    try {
      const posted = await postJson(`${config.url.replace(/\/+$/, "")}${path}`, body, {
        headers: this.#headers(),
        timeout: config.timeout * 1000,
        signal,
      });
      if (posted.kind !== "broken") this.#hasAnswered = true;
      if (posted.kind === "answered") this.#limit.wentWell();
      return posted;
    } catch (error) {
      this.#spending.withdrawn();
      throw error;
    }
  }

  #headers(): Record<string, string> {
    const { config, environment = process.env } = this.#options;
    if (config.key === null) return {};
    const key = environment[config.key];
    if (key) return { authorization: `Bearer ${key}` };
    throw new ConfigError(
      `Judge "${config.name}" takes its key from the environment variable ${config.key}, which is not set. Set it and run again.`,
    );
  }

  #paid(posted: Posted): Spent {
    if (posted.kind === "answered") return this.#spending.end(this.#options.usageOf(posted.body));
    const isServed = posted.kind === "broken" && !posted.isAbsent;
    return isServed ? this.#spending.end(undefined) : this.#spending.refused();
  }

  #refuseHopeless(posted: Posted): void {
    const { config } = this.#options;
    if (posted.kind === "broken" && posted.isAbsent && !this.#hasAnswered) {
      throw new ConfigError(
        `Nothing answers at ${config.url} (${posted.reason}): expected the server of judge "${config.name}". Start it, or correct "url".`,
      );
    }
    if (posted.kind !== "refused" || !FATAL.includes(posted.status)) return;
    throw new ConfigError(
      `Judge "${config.name}" at ${config.url} refuses every call (HTTP ${posted.status}: ${posted.said}). ${cureOf(posted.status, config)}`,
    );
  }

  #slowDown(pause: number): void {
    const before = this.#limit.allowed;
    this.#limit.hadTooMany(pause);
    if (this.#limit.allowed === before) return;
    const { config, onNote } = this.#options;
    onNote?.(
      `judge ${config.name} has too many calls: at most ${this.#limit.allowed} together, going on in ${(pause / 1000).toFixed(1)} s`,
    );
  }

  async #wait(milliseconds: number): Promise<void> {
    const { signal } = this.#options;
    if (milliseconds > 0) await setTimeout(milliseconds, undefined, signal ? { signal } : {});
  }
}

function added(one: Spent, other: Spent): Spent {
  return {
    calls: one.calls + other.calls,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cost: one.cost + other.cost,
  };
}

function isPassing(posted: Posted): boolean {
  return posted.kind === "broken" || (posted.kind === "refused" && PASSING.includes(posted.status));
}

function reasonOf(posted: Exclude<Posted, { kind: "answered" }>, attempts: number): string {
  const tries = attempts > 1 ? ` (${attempts} tries)` : "";
  if (posted.kind === "broken") return `no whole answer: ${posted.reason}${tries}`;
  return `HTTP ${posted.status}: ${posted.said}${tries}`;
}

function cureOf(status: number, { key, url }: CalledJudgeConfig): string {
  if (status === 402)
    return "Its account has no credit left: what was answered is kept, run the command again then.";
  if (status === 404 || status === 405) return `Check "url" (${url}) and the name of the model.`;
  return key === null
    ? 'Name the environment variable that holds its key in "key".'
    : `Check the key in the environment variable ${key}.`;
}
