import { ConfigError } from "../../errors.js";
import type { ImageHandle } from "../../records/image.js";
import type { Judge, JudgeItem, Path, Sampler } from "../../records/seams.js";
import type { Question, Verdict } from "../../records/verdict.js";
import { RequestQueue } from "./request-queue.js";

/** Everything the strategies in flight are waiting for. */
export class Requests {
  readonly #previews: RequestQueue<Path, ImageHandle>;
  readonly #steps: RequestQueue<Path, undefined>;
  readonly #questions = new Map<Question, RequestQueue<JudgeItem, Verdict>>();
  readonly #judge: Judge | undefined;
  readonly #onRequest: () => void;
  #stopped: { readonly reason: unknown } | undefined;

  constructor(sampler: Sampler, judge: Judge | undefined, onRequest: () => void) {
    const advance = async (paths: readonly Path[]) => {
      await sampler.advance(paths);
      return paths.map(() => undefined);
    };
    this.#previews = new RequestQueue(sampler.slots, (paths) => sampler.preview(paths), onRequest);
    this.#steps = new RequestQueue(sampler.slots, advance, onRequest);
    this.#judge = judge;
    this.#onRequest = onRequest;
  }

  async preview(path: Path): Promise<ImageHandle> {
    this.#refuseWhenStopped();
    return this.#previews.request(path, path);
  }

  async advance(path: Path): Promise<void> {
    this.#refuseWhenStopped();
    return this.#steps.request(path, path);
  }

  /** `item` shows `path` as it stands. */
  async ask(question: Question, path: Path, item: JudgeItem): Promise<Verdict> {
    this.#refuseWhenStopped();
    return this.#questionQueue(question).request(path, item);
  }

  /** Runs a batch that is worth running at once. False when there is none. */
  async runFull(): Promise<boolean> {
    const full = [this.#steps, ...this.#questions.values()].find((queue) => queue.isFull);
    return run(this.#previews.isEmpty ? full : this.#previews);
  }

  /** Runs what there is, questions first: their answers free paths that may fill a batch of steps. False when nothing waits. */
  async runPartial(): Promise<boolean> {
    return run([...this.#questions.values(), this.#steps].find((queue) => !queue.isEmpty));
  }

  /** Fails all that wait and all that will ask. */
  stop(reason: unknown): void {
    this.#stopped = { reason };
    for (const queue of this.#all()) queue.reject(reason);
  }

  /** Fails what still waits about a path that has ended. */
  withdraw(path: Path, reason: unknown): void {
    for (const queue of this.#all()) queue.reject(reason, path);
  }

  #all(): Pick<RequestQueue<unknown, unknown>, "reject">[] {
    return [this.#previews, this.#steps, ...this.#questions.values()];
  }

  #questionQueue(question: Question): RequestQueue<JudgeItem, Verdict> {
    const judge = this.#judge;
    if (judge === undefined) {
      throw new ConfigError(`The strategy asks about "${question}" but the search was given no judge.`);
    }
    const known = this.#questions.get(question);
    if (known) return known;
    const askAll = (items: readonly JudgeItem[]) => judge.ask(question, items);
    const queue = new RequestQueue(judge.batch, askAll, this.#onRequest);
    this.#questions.set(question, queue);
    return queue;
  }

  #refuseWhenStopped(): void {
    if (this.#stopped) throw this.#stopped.reason;
  }
}

async function run(queue: { runBatch(): Promise<void> } | undefined): Promise<boolean> {
  await queue?.runBatch();
  return queue !== undefined;
}
