import { mkdtempSync, rmSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError, ConfigError, TrainerError } from "../../errors.js";
import { pythonCommand } from "./python-command.js";
import { encodeArrays, type StoredArray } from "./safetensors.js";
import type { Opened, OpenRequest, ServeEvent, ServeEventOf, ServeRequest } from "./serve-protocol.js";
import { ServingProcess } from "./serving-process.js";

export interface ServingOptions {
  /** Program and arguments; the project's Python worker when absent. */
  readonly command?: readonly string[];
  /** The worker's prose is appended here. */
  readonly logFile?: string;
  /** Seconds without an answer after which the worker counts as hanging and is ended. Default 600. */
  readonly quietSeconds?: number;
  /** The same while it loads models. Default 1800. */
  readonly openSeconds?: number;
}

/**
 * A worker that holds models and answers one request at a time. It is started by the first request and again by the next
 * one after it died, hung or broke the protocol; nothing but the request in flight is lost.
 */
export class ServingWorker {
  readonly #open: OpenRequest;
  readonly #options: ServingOptions;
  readonly #exchange = mkdtempSync(join(tmpdir(), "espalier-serving-"));
  #process: ServingProcess | undefined;
  #opened: Opened | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #files = 0;
  #starts = 0;

  constructor(open: OpenRequest, options: ServingOptions = {}) {
    this.#open = open;
    this.#options = options;
  }

  /** How often a process was started. */
  get starts(): number {
    return this.#starts;
  }

  /** What the worker loaded. Throws ConfigError when it refuses, TrainerError when it fails. */
  opened(): Promise<Opened> {
    return this.#turn(() => this.#started());
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
    return this.#turn(async () => {
      const input = await this.#written({ tokens });
      try {
        await this.#started();
        return (await this.#answer({ request: "ask", questions, prompts, input }, "ask-end")).scores;
      } finally {
        await rm(input, { force: true });
      }
    });
  }

  /** Ends the process after what was asked so far. */
  async close(): Promise<void> {
    await this.#last;
    await this.#process?.close();
    this.#process = undefined;
    rmSync(this.#exchange, { recursive: true, force: true });
  }

  #exchanged(
    arrays: Readonly<Record<string, StoredArray>>,
    request: (input: string, output: string) => ServeRequest,
    expected: "draw-end" | "decode-end",
  ): Promise<Uint8Array> {
    return this.#turn(async () => {
      const input = await this.#written(arrays);
      const output = `${input}.out`;
      try {
        await this.#started();
        await this.#answer(request(input, output), expected);
        return await readFile(output);
      } finally {
        await Promise.all([rm(input, { force: true }), rm(output, { force: true })]);
      }
    });
  }

  async #written(arrays: Readonly<Record<string, StoredArray>>): Promise<string> {
    this.#files += 1;
    const file = join(this.#exchange, `${this.#files}.safetensors`);
    await writeFile(file, encodeArrays(arrays));
    return file;
  }

  async #started(): Promise<Opened> {
    if (this.#process && this.#opened) return this.#opened;
    const command = this.#options.command ?? [pythonCommand(), "-m", "espalier_torch.serve"];
    this.#process = new ServingProcess(command, this.#options.logFile);
    this.#starts += 1;
    const opened = await this.#answer({ request: "open", ...this.#open }, "open-end");
    this.#refuseOtherModels(opened);
    this.#opened = opened;
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

  async #answer<Name extends ServeEvent["event"]>(
    request: ServeRequest,
    expected: Name,
  ): Promise<ServeEventOf<Name>> {
    const process = this.#process as ServingProcess;
    const { quietSeconds = 600, openSeconds = 1800 } = this.#options;
    const seconds = request.request === "open" ? openSeconds : quietSeconds;
    const answer = await process
      .answer(request, seconds)
      .catch((fault: Error) => this.#failed(request, fault.message));
    if (answer.event === expected) return answer as ServeEventOf<Name>;
    if (answer.event === "error" && answer.type === "RequestError") {
      if (request.request === "open") await this.#end();
      throw new ConfigError(answer.message);
    }
    const reason =
      answer.event === "error" ? `${answer.type}: ${answer.message}` : `it answered ${answer.event}`;
    return this.#failed(request, reason);
  }

  async #failed(request: ServeRequest, reason: string): Promise<never> {
    const process = await this.#end();
    const log = process?.lines.map((line) => `    ${line}`) ?? [];
    throw new TrainerError(
      [
        `The serving worker failed (request "${request.request}"): ${reason}`,
        `  command: ${process?.command.join(" ")}`,
        ...(log.length > 0 ? ["  last lines of the log:", ...log] : []),
      ].join("\n"),
    );
  }

  async #end(): Promise<ServingProcess | undefined> {
    const process = this.#process;
    this.#process = undefined;
    await process?.kill();
    return process;
  }

  #turn<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
