import { readFile } from "node:fs/promises";
import { CheckpointError } from "../../errors.js";
import type { StoredArray } from "./safetensors.js";
import type { Opened, OpenRequest, ServeEventOf, ServeRequest } from "./serve-protocol.js";
import type { ServingProcess } from "./serving-process.js";
import { type ServingOptions, WatchedWorker } from "./watched-worker.js";

/**
 * A worker that holds models and answers one request at a time. It is started by the first request and again by the next
 * one after it died, hung or broke the protocol; nothing but the request in flight is lost.
 */
export class ServingWorker {
  readonly #open: OpenRequest;
  readonly #worker: WatchedWorker;
  /** The process that holds the models. */
  #holder: ServingProcess | undefined;
  #opened: Opened | undefined;

  constructor(open: OpenRequest, options: ServingOptions = {}) {
    this.#open = open;
    this.#worker = new WatchedWorker(options);
  }

  /** How often a process was started. */
  get starts(): number {
    return this.#worker.starts;
  }

  /** What the worker loaded. Throws ConfigError when it refuses, TrainerError when it fails. */
  opened(): Promise<Opened> {
    return this.#worker.turn(() => this.#started());
  }

  /** One step of paths: the bytes of a safetensors file with drawn (B, N) int32 and log_probability (B, N) float32. */
  draw(texts: readonly string[], arrays: Readonly<Record<string, StoredArray>>): Promise<Uint8Array> {
    return this.#exchanged(
      arrays,
      (input, output) => ({ request: "draw", texts, input, output }),
      "draw-end",
    );
  }

  /** The bytes of a safetensors file with pixels (B, H, W, 3) uint8 of whole token grids. */
  decode(tokens: StoredArray): Promise<Uint8Array> {
    return this.#exchanged(
      { tokens },
      (input, output) => ({ request: "decode", input, output }),
      "decode-end",
    );
  }

  /** P(yes), one list a question; null where the model gave no number. */
  ask(
    questions: readonly string[],
    prompts: readonly string[],
    tokens: StoredArray,
  ): Promise<ServeEventOf<"ask-end">["scores"]> {
    return this.#worker.turn(() =>
      this.#worker.withFiles({ tokens }, async (input) => {
        await this.#started();
        return (await this.#worker.answer({ request: "ask", questions, prompts, input }, "ask-end")).scores;
      }),
    );
  }

  /** Ends the process after what was asked so far. */
  close(): Promise<void> {
    return this.#worker.close();
  }

  #exchanged(
    arrays: Readonly<Record<string, StoredArray>>,
    request: (input: string, output: string) => ServeRequest,
    expected: "draw-end" | "decode-end",
  ): Promise<Uint8Array> {
    return this.#worker.turn(() =>
      this.#worker.withFiles(arrays, async (input, output) => {
        await this.#started();
        await this.#worker.answer(request(input, output), expected);
        return readFile(output);
      }),
    );
  }

  async #started(): Promise<Opened> {
    const process = this.#worker.running();
    if (this.#opened && process === this.#holder) return this.#opened;
    const opened = await this.#worker.answer({ request: "open", ...this.#open }, "open-end");
    this.#refuseOtherModels(opened);
    [this.#opened, this.#holder] = [opened, process];
    return opened;
  }

  /** A restarted worker must hold what the one before it held: candidates are known by their checkpoint. */
  #refuseOtherModels(opened: Opened): void {
    const before = this.#opened;
    if (!before) return;
    for (const part of ["generator", "image_tokenizer", "judge"] as const) {
      if (opened[part] === before[part]) continue;
      throw new CheckpointError(
        `The ${part} changed on disk while it was in use: expected ${before[part]}, the restarted worker loaded ${opened[part]}.`,
      );
    }
  }
}
