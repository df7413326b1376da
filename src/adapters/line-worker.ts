import { type Ending, LineProcess, NoAnswer } from "./line-process.js";

/** Why a worker cannot answer: it ended, or was ended. */
export class WorkerGone extends Error {}

/** Prose of a worker that a failure quotes, in characters. */
const TAIL = 2000;

/** A child process that answers each line with a line, one at a time, and is of no use once it failed to. */
export class LineWorker {
  readonly #process: LineProcess;
  #said = "";
  #gone: WorkerGone | undefined;

  /** Starts `command`, its first word the program. */
  constructor(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const onProse = (line: string) => {
      this.#said = `${this.#said}${line}\n`.slice(-TAIL);
    };
    this.#process = new LineProcess(command, { environment, onProse });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isGone(): boolean {
    return this.#gone !== undefined || this.#process.hasEnded;
  }

  /** Throws WorkerGone when the process ends first, or takes longer than `seconds`: then it is killed. */
  async ask(line: string, seconds: number): Promise<string> {
    if (this.#gone) throw this.#gone;
    try {
      return await this.#process.ask(line, seconds);
    } catch (failure) {
      if (!(failure instanceof NoAnswer)) throw failure;
      if (failure.ending === "silent") this.#process.kill("SIGKILL");
      await this.#process.ended();
      throw this.#end(reasonOf(failure.ending, seconds));
    }
  }

  /** Lets it finish by itself, and kills it where it does not within `seconds`. */
  close(seconds = 5): Promise<void> {
    return this.#process.close(seconds, "SIGKILL");
  }

  #end(reason: string): WorkerGone {
    const said = this.#said.trim();
    this.#gone ??= new WorkerGone(said === "" ? reason : `${reason}; its last words:\n${said}`);
    return this.#gone;
  }
}

function reasonOf(ending: Ending | "silent", seconds: number): string {
  if (ending === "silent") return `it took longer than ${seconds} s and was ended`;
  const { exitCode, signal, originalMessage = "" } = ending;
  if (signal === undefined && exitCode === undefined) return `it could not be started (${originalMessage})`;
  return `it ended (${signal ?? `exit code ${exitCode}`})`;
}
