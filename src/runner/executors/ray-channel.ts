import { ConfigError, ExecutorError } from "../../errors.js";
import { endJob, findOrSubmit, type RayJobParams, type RunningJob, whyEnded } from "./ray-job.js";

/** How often the receipts are looked at, and how often the cluster is asked whether the job still runs. */
const LOOK_MILLISECONDS = 25;
const ALIVE_MILLISECONDS = 5000;

/** An order under way: what was asked, and who hears what comes of it. */
interface Open {
  readonly order: unknown;
  /** True when the entry was the last one. */
  readonly hear: (entry: Entry) => boolean;
  readonly fail: (error: unknown) => void;
}

/** An entry of the receipts; what else it holds depends on the order. */
export type Entry = Readonly<Record<string, unknown>>;

/**
 * Orders to the driver of a Ray job and what comes back, whatever happens to the job between: one that ended too early is
 * submitted again with the orders that are open, `attempts` times in all.
 */
export class RayChannel {
  readonly #params: RayJobParams;
  readonly #open = new Map<string, Open>();
  /** What came of orders that nobody has asked about yet: a coordinator that was started again asks later. */
  readonly #early = new Map<string, Entry[]>();
  #job: Promise<RunningJob> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #starts = 0;
  #lastAlive = 0;
  #looking = false;
  /** Actors that work, and that the cluster has room for; null before the driver said so. */
  workers: number | null = null;
  room: number | null = null;

  constructor(params: RayJobParams) {
    this.#params = params;
    params.signal?.addEventListener("abort", () => this.#failAll(params.signal?.reason), { once: true });
  }

  /** The id of the job, submitted with the first question. */
  async job(): Promise<RunningJob> {
    this.#params.signal?.throwIfAborted();
    if (this.#job === undefined) {
      this.#starts += 1;
      this.#lastAlive = Date.now();
      this.#job = findOrSubmit(this.#params);
    }
    return this.#job;
  }

  /** Sends an order and hands every entry with its key to `hear`, until that says it was the last. */
  async send(key: string, order: unknown, hear: (entry: Entry) => boolean): Promise<void> {
    const job = await this.job();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#open.delete(key);
        if (this.#open.size === 0) this.#rest();
        act();
      };
      const listen = (entry: Entry) => {
        const isLast = hear(entry);
        if (isLast) settle(resolve);
        return isLast;
      };
      this.#open.set(key, { order, hear: listen, fail: (error) => settle(() => reject(error)) });
      try {
        // A coordinator that was started again has ordered it before.
        if (!job.ordered.some((one) => keyOf(orderIn(one)) === key)) job.orders.append(order);
      } catch (error) {
        settle(() => reject(error));
        return;
      }
      const early = this.#early.get(key) ?? [];
      this.#early.delete(key);
      if (early.some(listen)) return;
      this.#timer ??= setInterval(() => void this.#look(), LOOK_MILLISECONDS);
    });
  }

  /** Ends the job: kindly, or at once after an abort. */
  async close(): Promise<void> {
    this.#rest();
    const job = await this.#job?.catch(() => undefined);
    if (job === undefined) return;
    const isStopped = this.#params.signal?.aborted === true;
    await endJob(this.#params, job, isStopped ? "stopped" : "finished");
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const job = await this.job();
      for (const entry of job.receipts.read() as Entry[]) this.#hear(entry);
      if (this.#open.size > 0 && Date.now() - this.#lastAlive > ALIVE_MILLISECONDS)
        await this.#checkAlive(job);
    } catch (error) {
      // Whoever waits must hear of it: nobody else will.
      const lost = error instanceof ConfigError ? new ExecutorError(error.message, { cause: error }) : error;
      this.#failAll(lost);
    } finally {
      this.#looking = false;
    }
  }

  #hear(entry: Entry): void {
    if (typeof entry["workers"] === "number") {
      this.workers = entry["workers"];
      this.room = Number(entry["room"]);
      if (entry["lack"]) {
        this.#params.progress.note(
          `The cluster has too little for a single worker: expected at least ${entry["lack"]}. It waits for more machines; ` +
            "or lower `execution` in the pipeline.",
        );
      }
      return;
    }
    const key = keyOf(entry);
    const open = this.#open.get(key);
    if (open) open.hear(entry);
    else this.#early.set(key, [...(this.#early.get(key) ?? []), entry]);
  }

  async #checkAlive(job: RunningJob): Promise<void> {
    const reason = await whyEnded(this.#params, job);
    this.#lastAlive = Date.now();
    if (reason === undefined) return;
    // What it wrote before it ended counts.
    for (const entry of job.receipts.read() as Entry[]) this.#hear(entry);
    this.#params.store.jobs.end(job.id, "failed", reason.message);
    if (this.#open.size === 0) {
      this.#job = undefined;
      return;
    }
    if (this.#starts >= this.#params.execution.attempts) {
      throw new ExecutorError(`${reason.message}\nIt was started ${this.#starts} times and is given up.`);
    }
    this.#params.progress.note(`${reason.message.split("\n")[0]} It is started again.`);
    this.#job = undefined;
    const again = await this.job();
    for (const { order } of [...this.#open.values()]) again.orders.append(order);
  }

  #failAll(error: unknown): void {
    for (const { fail } of [...this.#open.values()]) fail(error);
  }
}

/** How orders and what comes of them find each other. */
export function orderKey(one: { readonly id: string; readonly attempt: number }): string {
  return `${one.id} ${one.attempt}`;
}

/** The task or training of an order; empty for the one that ends a job. */
function orderIn(order: unknown): Entry {
  const { task, train } = order as { task?: Entry; train?: Entry };
  return task ?? train ?? {};
}

function keyOf(entry: Entry): string {
  const about = (entry["receipt"] ?? entry) as { id: string; attempt: number };
  return orderKey(about);
}
