import { execa, type ResultPromise } from "execa";
import { childEnvironment } from "../machine/child-environment.js";

type Running = ResultPromise<{ reject: false; buffer: false; stdin: "pipe" }>;

/** How a process ended; none of it where it could not be started, which `originalMessage` explains. */
export interface Ending {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly originalMessage?: string | undefined;
}

/** Why a process did not answer: it ended, or nothing came in time. */
export class NoAnswer extends Error {
  constructor(readonly ending: Ending | "silent") {
    super("no answer");
  }
}

export interface LineProcessOptions {
  /** Variables beside those that every process gets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Services that it speaks to by itself, as `childEnvironment` takes them. */
  readonly tools?: readonly string[];
  /** Seconds from SIGTERM to SIGKILL. */
  readonly graceSeconds?: number;
  /** Takes each line of its standard error. */
  readonly onProse?: (line: string) => void;
}

/** A child process that is spoken to in lines: it reads its standard input, answers on standard output, and speaks freely on standard error. */
export class LineProcess {
  readonly #running: Running;
  readonly #lines: AsyncIterable<string>;
  readonly #answers: AsyncIterator<string>;
  readonly #prose: Promise<void>;
  #hasEnded = false;

  /** Starts `command`, its first word the program. */
  constructor(command: readonly string[], options: LineProcessOptions = {}) {
    const [program = "", ...words] = command;
    const { environment = {}, tools = [], graceSeconds = 5, onProse = () => undefined } = options;
    this.#running = execa(program, words, {
      env: childEnvironment(environment, process.env, tools),
      extendEnv: false,
      stdin: "pipe",
      reject: false,
      buffer: false,
      forceKillAfterDelay: graceSeconds * 1000,
    }) as Running;
    // A process that is gone cannot be written to; its missing answer says so.
    this.#running.stdin.on("error", () => undefined);
    this.#lines = this.#running.iterable({ from: "stdout" });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#prose = this.#listen(onProse);
    void this.#running.then(() => {
      this.#hasEnded = true;
    });
  }

  get pid(): number | undefined {
    return this.#running.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The lines of its standard output, to its end. */
  get lines(): AsyncIterable<string> {
    return this.#lines;
  }

  write(line: string): void {
    this.#running.stdin.write(`${line}\n`);
  }

  endInput(): void {
    this.#running.stdin.end();
  }

  /** The next line after this one is written. Throws NoAnswer when it ends first, or none comes within `seconds`. */
  async ask(line: string, seconds: number): Promise<string> {
    this.write(line);
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new NoAnswer("silent")), seconds * 1000);
    });
    try {
      const next = await Promise.race([this.#answers.next(), silence]);
      if (next.done) throw new NoAnswer(await this.#running);
      return next.value;
    } finally {
      clearTimeout(timer);
    }
  }

  kill(signal: NodeJS.Signals = "SIGTERM"): void {
    this.#running.kill(signal);
  }

  /** Lets it end by itself, its input having ended; ends it where it does not within `seconds`. */
  async close(seconds: number, signal?: NodeJS.Signals): Promise<void> {
    this.endInput();
    const slow = setTimeout(() => this.kill(signal), seconds * 1000);
    await this.ended();
    clearTimeout(slow);
  }

  /** How it ended, once it has and all of its prose was heard. */
  async ended(): Promise<Ending> {
    const ending = await this.#running;
    await this.#prose;
    return ending;
  }

  async #listen(onProse: (line: string) => void): Promise<void> {
    for await (const line of this.#running.iterable({ from: "stderr" })) onProse(line);
  }
}
