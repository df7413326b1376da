import type { Judge, Sampler } from "../../records/seams.js";
import { refuseUnanswerable } from "../answerable.js";
import type { SearchOutcome, SearchTask, Strategy } from "../strategy.js";
import { Requests } from "./requests.js";
import { TaskSearch } from "./task-search.js";

export interface SearchOptions {
  readonly sampler: Sampler;
  readonly strategy: Strategy;
  /** Needed by strategies that ask questions. */
  readonly judge?: Judge;
  /** Tasks started and not yet taken by the caller, at most; four times the sampler's slots when absent. */
  readonly maximumInFlight?: number;
  /** Stops the search between two batches; the generator then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Searches every task and yields the outcomes in the tasks' order. Steps and questions of all tasks in flight share
 * batches; a task is started only when the others cannot fill one, so a dropped path's slot is refilled and memory
 * does not grow with the number of tasks. Works only while the caller awaits the next outcome.
 * Outcomes do not depend on slots, batch sizes or `maximumInFlight`. Throws ConfigError when the judge cannot answer what
 * the strategy asks.
 */
export async function* search(
  tasks: Iterable<SearchTask> | AsyncIterable<SearchTask>,
  options: SearchOptions,
): AsyncGenerator<SearchOutcome, void> {
  refuseUnanswerable(options.strategy, options.judge);
  const scheduler = new Scheduler(tasks, options);
  try {
    for (;;) {
      const outcome = await scheduler.next();
      if (outcome === undefined) return;
      yield outcome;
    }
  } finally {
    await scheduler.stop();
  }
}

class Scheduler {
  readonly #options: SearchOptions;
  readonly #maximumInFlight: number;
  readonly #requests: Requests;
  readonly #tasks: AsyncGenerator<SearchTask, void>;
  #tasksLeft = true;
  /** Oldest first. */
  readonly #inFlight: Flight[] = [];
  #wake: () => void = () => undefined;

  constructor(tasks: Iterable<SearchTask> | AsyncIterable<SearchTask>, options: SearchOptions) {
    const { sampler, judge, signal, maximumInFlight = 4 * sampler.slots } = options;
    this.#options = options;
    this.#maximumInFlight = Math.max(1, maximumInFlight);
    this.#requests = new Requests(sampler, judge, () => this.#wake());
    this.#tasks = each(tasks);
    signal?.addEventListener("abort", () => this.#wake(), { once: true });
  }

  /** The outcome of the oldest task in flight; undefined when there are no more. */
  async next(): Promise<SearchOutcome | undefined> {
    for (;;) {
      this.#options.signal?.throwIfAborted();
      const oldest = this.#inFlight[0];
      if (oldest?.ended) {
        this.#inFlight.shift();
        return oldest.ended();
      }
      if (oldest === undefined && !this.#tasksLeft) return undefined;
      await this.#turn();
    }
  }

  /** Ends every strategy in flight and drops its paths. */
  async stop(): Promise<void> {
    const reason = this.#options.signal?.reason ?? new Error("The search was stopped.");
    this.#requests.stop(reason);
    await Promise.all(this.#inFlight.map(({ settled }) => settled));
    await this.#tasks.return();
  }

  /** One batch, or one more task, or a wait. */
  async #turn(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await strategiesHavePaused();
    if (this.#inFlight[0]?.ended) return;
    if (await this.#requests.runFull()) return;
    if (await this.#startTask()) return;
    if (await this.#requests.runPartial()) return;
    // Every strategy waits for something of its own, such as pixels.
    if (this.#inFlight.length > 0) await woken;
  }

  async #startTask(): Promise<boolean> {
    if (!this.#tasksLeft || this.#inFlight.length >= this.#maximumInFlight) return false;
    const task = await this.#tasks.next();
    this.#tasksLeft = task.done !== true;
    if (!task.done) this.#inFlight.push(this.#start(task.value));
    return !task.done;
  }

  #start(task: SearchTask): Flight {
    const { sampler, strategy } = this.#options;
    const flight: Flight = { settled: Promise.resolve(), ended: undefined };
    const run = new TaskSearch(task, sampler, this.#requests).run(strategy);
    const end = (ended: () => SearchOutcome) => {
      flight.ended = ended;
      this.#wake();
    };
    flight.settled = run.then(
      (outcome) => end(() => outcome),
      (error: unknown) =>
        end(() => {
          throw error;
        }),
    );
    return flight;
  }
}

/** A task that was started; `ended` gives its outcome or throws its error. */
interface Flight {
  settled: Promise<void>;
  ended: (() => SearchOutcome) | undefined;
}

/** Lets every strategy run until it waits for an answer. */
function strategiesHavePaused(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function* each<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, void> {
  yield* items;
}
