import type { Path } from "../../records/seams.js";

/** Requests of many strategies, answered in batches, first come first served. */
export class RequestQueue<Item, Answer> {
  readonly #batch: number;
  readonly #answerAll: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly #onRequest: () => void;
  #waiting: Request<Item, Answer>[] = [];

  /** `answerAll` gives one answer an item, in order. `onRequest` is called whenever something was put in. */
  constructor(
    batch: number,
    answerAll: (items: readonly Item[]) => Promise<readonly Answer[]>,
    onRequest: () => void,
  ) {
    this.#batch = batch;
    this.#answerAll = answerAll;
    this.#onRequest = onRequest;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  get isFull(): boolean {
    return this.#waiting.length >= this.#batch;
  }

  /** Waits for a batch to take the item along. `path` is what the item is about. */
  request(path: Path, item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ path, item, resolve, reject });
      this.#onRequest();
    });
  }

  /** Answers the oldest requests, at most one batch of them. A failure goes to all who waited for that batch. */
  async runBatch(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#batch);
    try {
      const answers = await this.#answerAll(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** Fails those who wait for something about `path`; everyone when it is left out. */
  reject(reason: unknown, path?: Path): void {
    const meant = this.#waiting.filter((request) => path === undefined || request.path === path);
    if (meant.length === 0) return;
    this.#waiting = this.#waiting.filter((request) => !meant.includes(request));
    for (const { reject } of meant) reject(reason);
  }
}

interface Request<Item, Answer> {
  readonly path: Path;
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}
