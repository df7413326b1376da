import { LineWorker, WorkerGone } from "../../adapters/line-worker.js";
import { VerifierError } from "../../errors.js";

/** Seconds that one answer may take, the loading of a model with the first. */
const ANSWER_SECONDS = 1800;

/** A judge in a process of its own, asked one thing at a time (`python -m espalier_torch.look`); it starts with the first question. */
export class LookingWorker {
  readonly #command: readonly string[];
  readonly #environment: Readonly<Record<string, string>>;
  #worker: LineWorker | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#command = command;
    this.#environment = environment;
  }

  /** What it answers; `{ error }` is an answer. Throws VerifierError when the process ends. */
  ask(request: () => Promise<object>): Promise<Record<string, unknown>> {
    const asked = this.#turn.then(async () => this.#answer(await request()));
    this.#turn = asked.catch(() => undefined);
    return asked;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#worker?.close();
  }

  async #answer(request: object): Promise<Record<string, unknown>> {
    this.#worker ??= new LineWorker(this.#command, this.#environment);
    try {
      return JSON.parse(await this.#worker.ask(JSON.stringify(request), ANSWER_SECONDS)) as Record<
        string,
        unknown
      >;
    } catch (cause) {
      this.#worker = undefined;
      if (!(cause instanceof WorkerGone)) throw cause;
      throw new VerifierError(
        `The judge's process (${this.#command.slice(1).join(" ")}) failed: ${cause.message}`,
        { cause },
      );
    }
  }
}
