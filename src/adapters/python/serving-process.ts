import { execa, type ResultPromise } from "execa";
import { childEnvironment } from "../../machine/child-environment.js";
import { LogTail } from "./log-tail.js";
import { parseServeEvent, type ServeEvent, type ServeRequest } from "./serve-protocol.js";

type Running = ResultPromise<{ reject: false; buffer: false; stdin: "pipe" }>;

/** Seconds from SIGTERM to SIGKILL. */
const GRACE_SECONDS = 5;
/** Within which a worker without requests ends by itself. */
const CLOSE_MILLISECONDS = 5000;

/** One process of a serving worker, from its start to its end. Asked one thing at a time. */
export class ServingProcess {
  readonly command: readonly string[];
  readonly #running: Running;
  readonly #log: LogTail;
  readonly #events: AsyncIterator<string>;
  readonly #prose: Promise<void>;

  constructor(command: readonly string[], logFile: string | undefined) {
    const [program = "", ...rest] = command;
    this.command = command;
    this.#log = new LogTail(logFile);
    this.#running = execa(program, rest, {
      env: childEnvironment(),
      extendEnv: false,
      stdin: "pipe",
      reject: false,
      buffer: false,
      forceKillAfterDelay: GRACE_SECONDS * 1000,
    }) as Running;
    // A worker that is gone cannot be written to; its missing answer says so.
    this.#running.stdin.on("error", () => undefined);
    this.#events = this.#running.iterable({ from: "stdout" })[Symbol.asyncIterator]();
    this.#prose = this.#keepLog();
  }

  /** The last lines of its prose. */
  get lines(): readonly string[] {
    return this.#log.lines;
  }

  /** The event that answers a request. Rejects with the reason when the worker ends, is silent too long or breaks the protocol. */
  async answer(request: ServeRequest, quietSeconds: number): Promise<ServeEvent> {
    this.#running.stdin.write(`${JSON.stringify(request)}\n`);
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      const fault = new Error(`it was silent for ${quietSeconds} seconds and was ended`);
      timer = setTimeout(() => reject(fault), quietSeconds * 1000);
    });
    try {
      const next = await Promise.race([this.#events.next(), silence]);
      if (next.done) throw new Error(`it ended without an answer (${await this.#ending()})`);
      return parseServeEvent(next.value);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets it end by itself, its input having ended; ends it where it does not within seconds. */
  async close(): Promise<void> {
    this.#running.stdin.end();
    const slow = setTimeout(() => this.#running.kill("SIGTERM"), CLOSE_MILLISECONDS);
    await this.#ended();
    clearTimeout(slow);
  }

  /** Ends it now, whatever it does. */
  async kill(): Promise<void> {
    this.#running.kill("SIGTERM");
    await this.#ended();
  }

  async #ended(): Promise<void> {
    await this.#running;
    await this.#prose;
    await this.#log.close();
  }

  async #ending(): Promise<string> {
    const { exitCode, signal, originalMessage } = await this.#running;
    if (signal) return `signal ${signal}`;
    return exitCode === undefined ? `it did not start: ${originalMessage ?? ""}` : `exit code ${exitCode}`;
  }

  async #keepLog(): Promise<void> {
    for await (const line of this.#running.iterable({ from: "stderr" })) this.#log.write(line);
  }
}
