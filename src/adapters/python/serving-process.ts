import { type Ending, LineProcess, NoAnswer } from "../line-process.js";
import { LogTail } from "./log-tail.js";
import { workerEnvironment } from "./python-command.js";
import { parseServeEvent, type ServeEvent } from "./serve-events.js";
import type { ServeRequest } from "./serve-requests.js";

/** Within which a worker without requests ends by itself. */
const CLOSE_SECONDS = 5;

/** One process of a serving worker, from its start to its end. Asked one thing at a time. */
export class ServingProcess {
  readonly command: readonly string[];
  readonly #process: LineProcess;
  readonly #log: LogTail;

  constructor(command: readonly string[], logFile: string | undefined) {
    this.command = command;
    this.#log = new LogTail(logFile);
    this.#process = new LineProcess(command, {
      environment: workerEnvironment(),
      onProse: (line) => this.#log.write(line),
    });
  }

  /** The last lines of its prose. */
  get lines(): readonly string[] {
    return this.#log.lines;
  }

  /** The event that answers a request. Rejects with the reason when the worker ends, is silent too long or breaks the protocol. */
  async answer(request: ServeRequest, quietSeconds: number): Promise<ServeEvent> {
    const line = await this.#process.ask(JSON.stringify(request), quietSeconds).catch((failure: unknown) => {
      throw failure instanceof NoAnswer ? new Error(reasonOf(failure.ending, quietSeconds)) : failure;
    });
    return parseServeEvent(line);
  }

  /** Lets it end by itself, its input having ended; ends it where it does not within seconds. */
  async close(): Promise<void> {
    await this.#process.close(CLOSE_SECONDS);
    await this.#log.close();
  }

  /** Ends it now, whatever it does. */
  async kill(): Promise<void> {
    this.#process.kill();
    await this.#process.ended();
    await this.#log.close();
  }
}

function reasonOf(ending: Ending | "silent", quietSeconds: number): string {
  if (ending === "silent") return `it was silent for ${quietSeconds} seconds and was ended`;
  const { exitCode, signal, originalMessage = "" } = ending;
  if (signal) return `it ended without an answer (signal ${signal})`;
  const how = exitCode === undefined ? `it did not start: ${originalMessage}` : `exit code ${exitCode}`;
  return `it ended without an answer (${how})`;
}
