import { mkdtempSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, TrainerError } from "../../errors.js";
import type { Cut } from "../../records/cut.js";
import { pythonCommand } from "./python-command.js";
import { encodeArrays, type StoredArray } from "./safetensors.js";
import type { ServeEvent, ServeEventOf } from "./serve-events.js";
import type { ServeRequest } from "./serve-requests.js";
import { ServingProcess } from "./serving-process.js";

/** What is under way when a worker is closed may take so long. */
const CLOSE_MILLISECONDS = 10_000;

export interface ServingOptions {
  /** Program and arguments; the project's Python worker when absent. */
  readonly command?: readonly string[];
  /** The worker's prose is appended here. */
  readonly logFile?: string;
  /** Seconds without an answer after which the worker counts as hanging and is ended. Default 600. */
  readonly quietSeconds?: number;
  /** The same while it loads models. Default 1800. */
  readonly openSeconds?: number;
  /** Hears of texts that a model read the beginning of alone. */
  readonly onCut?: (cuts: readonly Cut[]) => void;
}

/** The process behind a serving worker: asked one thing at a time, ended when it fails, started anew when asked again. */
export class WatchedWorker {
  readonly #options: ServingOptions;
  readonly #exchange = mkdtempSync(join(tmpdir(), "espalier-serving-"));
  #process: ServingProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #files = 0;
  #starts = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  /** How often a process was started. */
  get starts(): number {
    return this.#starts;
  }

  /** The running process, a new one where there is none. Another one than before holds none of the models. */
  running(): ServingProcess {
    if (this.#process === undefined) {
      const command = this.#options.command ?? [pythonCommand(), "-m", "espalier_torch.serve"];
      this.#process = new ServingProcess(command, this.#options.logFile);
      this.#starts += 1;
    }
    return this.#process;
  }

  /** Runs a task after those that came before it. */
  turn<Result>(task: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Runs a task with arrays in a safetensors file, and the name of another that it may have written. */
  async withFiles<Result>(
    arrays: Readonly<Record<string, StoredArray>>,
    task: (input: string, output: string) => Promise<Result>,
  ): Promise<Result> {
    this.#files += 1;
    const input = join(this.#exchange, `${this.#files}.safetensors`);
    const output = `${input}.out`;
    try {
      await writeFile(input, encodeArrays(arrays));
      return await task(input, output);
    } finally {
      await Promise.all([rm(input, { force: true }), rm(output, { force: true })]);
    }
  }

  /** The event that answers a request. Throws ConfigError when it is refused, TrainerError when the worker fails. */
  async answer<Name extends ServeEvent["event"]>(
    request: ServeRequest,
    expected: Name,
  ): Promise<ServeEventOf<Name>> {
    const opens = request.request.startsWith("open");
    const { quietSeconds = 600, openSeconds = 1800 } = this.#options;
    const answer = await this.running()
      .answer(request, opens ? openSeconds : quietSeconds)
      .catch((fault: Error) => this.#failed(request, fault.message));
    if (answer.cut !== undefined) this.#options.onCut?.(answer.cut);
    if (answer.event === expected) return answer as ServeEventOf<Name>;
    if (answer.event === "error" && answer.type === "RequestError") {
      if (opens) await this.#end();
      throw new ConfigError(answer.message);
    }
    const reason =
      answer.event === "error" ? `${answer.type}: ${answer.message}` : `it answered ${answer.event}`;
    return this.#failed(request, reason);
  }

  /** Ends the process after what was asked so far, or within seconds: nobody waits for the answers any more. */
  async close(): Promise<void> {
    const slow = setTimeout(() => void this.#process?.kill(), CLOSE_MILLISECONDS);
    await this.#last;
    clearTimeout(slow);
    await this.#process?.close();
    this.#process = undefined;
    rmSync(this.#exchange, { recursive: true, force: true });
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
}
