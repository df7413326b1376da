import { LineProcess } from "../line-process.js";
import { parseEvent, type WorkerEvent } from "./events.js";
import { failureOf } from "./failure.js";
import { LogTail } from "./log-tail.js";
import { workerCommand, workerEnvironment } from "./python-command.js";
import type { WorkerRequest } from "./requests.js";

export interface WorkerOptions {
  /** Takes every event, in order. */
  readonly onEvent?: (event: WorkerEvent) => void;
  /** When aborted the worker gets SIGTERM, saves what it has and ends; then the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** The worker's prose is appended here. */
  readonly logFile?: string;
  /** Hears of a training that was started again after a process of it died, where that can be. */
  readonly onRestart?: (restart: Restart) => void;
  /** Program and arguments; the project's Python worker when absent. */
  readonly command?: readonly string[];
  /** Seconds without an event after which the worker counts as hanging. Default 600. */
  readonly quietSeconds?: number;
  /** Seconds from SIGTERM to SIGKILL. Default 30: a step and a checkpoint fit in. */
  readonly graceSeconds?: number;
}

export interface Restart {
  /** Of this start, from 2. */
  readonly start: number;
  /** Processes by now. */
  readonly processes: number;
  readonly reason: string;
}

/**
 * Runs one request in a worker of its own and returns its last event.
 *
 * Throws TrainerError when the worker fails, hangs, breaks the protocol or ends without the event `expected`,
 * ConfigError when it refuses the request, and the signal's reason after an abort.
 */
export async function runWorker<Name extends WorkerEvent["event"]>(
  request: WorkerRequest,
  expected: Name,
  options: WorkerOptions = {},
): Promise<Extract<WorkerEvent, { event: Name }>> {
  options.signal?.throwIfAborted();
  const command = options.command ?? workerCommand();
  const log = new LogTail(options.logFile);
  const worker = new LineProcess(command, {
    environment: workerEnvironment(),
    tools: trackersOf(request),
    graceSeconds: options.graceSeconds ?? 30,
    onProse: (line) => log.write(line),
  });
  const conversation = new Conversation(worker, options);
  try {
    worker.write(JSON.stringify(request));
    worker.endInput();
    await conversation.listen();
    const result = await worker.ended();
    await log.close();
    options.signal?.throwIfAborted();
    if (conversation.listenerFault) throw conversation.listenerFault.cause;
    const last = conversation.last;
    if (!conversation.fault && result.exitCode === 0 && last?.event === expected) {
      return last as Extract<WorkerEvent, { event: Name }>;
    }
    throw failureOf({ command, request: request.request, expected, conversation, result, log });
  } finally {
    conversation.close();
  }
}

/** Where a training reports to, with an account of its own. */
function trackersOf(request: WorkerRequest): readonly string[] {
  return ("trackers" in request && request.trackers) || [];
}

/** What the worker said, and what was wrong with it. */
export class Conversation {
  last: WorkerEvent | undefined;
  /** Progress to name in a failure: the last event before an `error`. */
  lastProgress: WorkerEvent | undefined;
  fault: string | undefined;
  /** What `onEvent` threw: the caller's own error, given back as it is. */
  listenerFault: { readonly cause: unknown } | undefined;
  readonly #worker: LineProcess;
  readonly #options: WorkerOptions;
  readonly #stop = () => this.#worker.kill("SIGTERM");
  #quiet: NodeJS.Timeout | undefined;

  constructor(worker: LineProcess, options: WorkerOptions) {
    this.#worker = worker;
    this.#options = options;
    options.signal?.addEventListener("abort", this.#stop, { once: true });
    this.#watch();
  }

  /** Reads events until standard output ends. After a fault the worker is ended and the rest is not read. */
  async listen(): Promise<void> {
    for await (const line of this.#worker.lines) {
      if (!this.fault && line.trim() !== "") this.#hear(line);
    }
    clearTimeout(this.#quiet);
  }

  close(): void {
    clearTimeout(this.#quiet);
    this.#options.signal?.removeEventListener("abort", this.#stop);
  }

  #hear(line: string): void {
    this.#watch();
    try {
      this.last = parseEvent(line);
    } catch (fault) {
      this.#end((fault as Error).message);
      return;
    }
    if (this.last.event !== "error") this.lastProgress = this.last;
    try {
      this.#options.onEvent?.(this.last);
    } catch (cause) {
      this.listenerFault = { cause };
      this.#end("the listener of its events failed");
    }
  }

  #watch(): void {
    clearTimeout(this.#quiet);
    const seconds = this.#options.quietSeconds ?? 600;
    this.#quiet = setTimeout(
      () => this.#end(`it was silent for ${seconds} seconds and was ended`),
      seconds * 1000,
    );
  }

  #end(fault: string): void {
    this.fault ??= fault;
    clearTimeout(this.#quiet);
    this.#worker.kill("SIGTERM");
  }
}
