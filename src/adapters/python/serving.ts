import { readFile } from "node:fs/promises";
import { CheckpointError } from "../../errors.js";
import type { StoredArray } from "./safetensors.js";
import type { Opened, ServeEventOf } from "./serve-events.js";
import type { IdentifyRequest, OpenRequest, ServeRequest } from "./serve-requests.js";
import type { ServingProcess } from "./serving-process.js";
import { type ServingOptions, WatchedWorker } from "./watched-worker.js";

/**
 * A worker that holds models and answers one request at a time. It is started by the first request and again by the next
 * one after it died, hung or broke the protocol; nothing but the request in flight is lost.
 */
export class ServingWorker {
  #open: OpenRequest;
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

  /**
   * What the worker holds after it was given other models; what `models` does not name, or names as it is, stays loaded.
   * Throws as `opened`.
   */
  hold(models: Partial<OpenRequest>): Promise<Opened> {
    return this.#worker.turn(() => this.#started(models));
  }

  /** Identity of a model on disk, the one that it has when it is loaded, and what it answers. Throws as `opened`. */
  identify(model: IdentifyRequest): Promise<ServeEventOf<"identify-end">> {
    return this.#worker.turn(() => this.#worker.answer({ request: "identify", ...model }, "identify-end"));
  }

  /** The text part of each prompt's row, as training reads it. */
  encodeText(texts: readonly string[]): Promise<ServeEventOf<"encode-text-end">["rows"]> {
    return this.#worker.turn(async () => {
      await this.#started();
      return (await this.#worker.answer({ request: "encode-text", texts }, "encode-text-end")).rows;
    });
  }

  /** The bytes of a safetensors file with tokens (B, N) int32 of pixels (B, H, W, 3) uint8. */
  encode(pixels: StoredArray): Promise<Uint8Array> {
    return this.#exchanged(
      { pixels },
      (input, output) => ({ request: "encode", input, output }),
      "encode-end",
    );
  }

  /**
   * One step of paths: the bytes of a safetensors file with drawn (B, N) int32 and log_probability (B, N) float32.
   * `models` says which generator draws, where the worker may hold another one by now.
   */
  draw(
    texts: readonly string[],
    arrays: Readonly<Record<string, StoredArray>>,
    models: Partial<OpenRequest> = {},
  ): Promise<Uint8Array> {
    return this.#exchanged(
      arrays,
      (input, output) => ({ request: "draw", texts, input, output }),
      "draw-end",
      models,
    );
  }

  /** As `draw`: the bytes of a safetensors file with tokens (B, N) int32 of the likeliest whole images that paths begin. */
  complete(
    texts: readonly string[],
    tokens: StoredArray,
    models: Partial<OpenRequest> = {},
  ): Promise<Uint8Array> {
    return this.#exchanged(
      { tokens },
      (input, output) => ({ request: "complete", texts, input, output }),
      "complete-end",
      models,
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
    expected: "draw-end" | "complete-end" | "decode-end" | "encode-end",
    models: Partial<OpenRequest> = {},
  ): Promise<Uint8Array> {
    return this.#worker.turn(() =>
      this.#worker.withFiles(arrays, async (input, output) => {
        await this.#started(models);
        await this.#worker.answer(request(input, output), expected);
        return readFile(output);
      }),
    );
  }

  /** Has the process load what it does not hold. */
  async #started(models: Partial<OpenRequest> = {}): Promise<Opened> {
    const process = this.#worker.running();
    const [before, wanted] = [this.#open, { ...this.#open, ...models }];
    const names = Object.keys(wanted) as (keyof OpenRequest)[];
    const same = names.every((name) => wanted[name] === before[name]);
    if (this.#opened && process === this.#holder && same) return this.#opened;
    const opened = await this.#worker.answer({ request: "open", ...wanted }, "open-end");
    this.#refuseOtherModels(opened, (part) => wanted[part] === before[part]);
    this.#open = wanted;
    [this.#opened, this.#holder] = [opened, process];
    return opened;
  }

  /** What was asked for again must be what it was: candidates are known by their checkpoint. */
  #refuseOtherModels(opened: Opened, asked: (part: keyof OpenRequest) => boolean): void {
    const before = this.#opened;
    if (!before) return;
    const parts = { generator: "generator", image_tokenizer: "imageTokenizer", judge: "judge" } as const;
    for (const part of ["generator", "image_tokenizer", "judge"] as const) {
      if (!asked(parts[part]) || opened[part] === before[part]) continue;
      throw new CheckpointError(
        `The ${part} changed on disk while it was in use: expected ${before[part]}, the restarted worker loaded ${opened[part]}.`,
      );
    }
  }
}
