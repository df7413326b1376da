import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { childEnvironment } from "../../machine/child-environment.js";

/** Why a worker cannot answer: it ended, or was ended. */
export class WorkerGone extends Error {}

/** Prose of a worker that a failure quotes, in characters. */
const TAIL = 2000;

/** A child process that answers each line on its standard input with a line on its standard output, one at a time. */
export class LineWorker {
  readonly #child: ChildProcessWithoutNullStreams;
  #said = "";
  #answer: ((line: string) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;
  #gone: WorkerGone | undefined;

  /** Starts `command`, its first word the program. */
  constructor(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const [program = "", ...words] = command;
    this.#child = spawn(program, words, { env: childEnvironment(environment), stdio: "pipe" });
    this.#child.stderr.on("data", (text: Buffer) => {
      this.#said = (this.#said + text.toString()).slice(-TAIL);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#answer?.(line));
    // A worker that is gone is told by its end; writing to it then is no second failure.
    this.#child.stdin.on("error", () => undefined);
    this.#child.on("error", (error) => this.#end(`it could not be started (${error.message})`));
    this.#child.on("close", (code, signal) => this.#end(`it ended (${signal ?? `exit code ${code}`})`));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  /** Throws WorkerGone when the process ends first, or takes longer than `seconds`: then it is killed. */
  async ask(line: string, seconds: number): Promise<string> {
    if (this.#gone) throw this.#gone;
    const slow = setTimeout(() => {
      this.#end(`it took longer than ${seconds} s and was ended`);
      this.#child.kill("SIGKILL");
    }, seconds * 1000);
    try {
      return await new Promise<string>((resolve, reject) => {
        this.#answer = resolve;
        this.#fail = reject;
        this.#child.stdin.write(`${line}\n`);
      });
    } finally {
      clearTimeout(slow);
      this.#answer = undefined;
      this.#fail = undefined;
    }
  }

  /** Lets it finish by itself, and kills it where it does not within `seconds`. */
  async close(seconds = 5): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    const slow = setTimeout(() => this.#child.kill("SIGKILL"), seconds * 1000);
    this.#child.stdin.end();
    if (this.#child.pid !== undefined) await ended;
    clearTimeout(slow);
  }

  #end(reason: string): void {
    const said = this.#said.trim();
    this.#gone ??= new WorkerGone(said === "" ? reason : `${reason}; its last words:\n${said}`);
    this.#fail?.(this.#gone);
  }
}
