import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { type Ended, PATIENCE } from "../command.js";
import type { Sandbox } from "../sandbox.js";
import type { LaneAnswer } from "./lane.js";

/** Runs command lines in one other process, which is started anew when one of them ended or hung it. */
export class Lane {
  #child: ChildProcess | undefined;
  #errors = "";

  constructor(
    private readonly sandbox: Sandbox,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  run(words: readonly string[], limit = PATIENCE): Promise<Ended> {
    this.#child ??= this.#start();
    const child = this.#child;
    const begun = performance.now();
    return new Promise((resolve) => {
      const end = (ended: Partial<Ended>) => {
        clearTimeout(timer);
        child.removeAllListeners("message").removeAllListeners("close");
        const seconds = (performance.now() - begun) / 1000;
        resolve({ code: null, signal: null, out: "", errors: "", hung: false, ...ended, seconds });
      };
      const timer = setTimeout(() => {
        this.close();
        end({ hung: true });
      }, limit * 1000);
      child.once("message", (answer: LaneAnswer) => end(answer));
      child.once("close", (code, signal) => {
        this.#child = undefined;
        end({ code, signal, errors: this.#errors });
      });
      child.send(words);
    });
  }

  close(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #start(): ChildProcess {
    this.#errors = "";
    const child = fork(join(import.meta.dirname, "lane.ts"), {
      execArgv: ["--import", import.meta.resolve("tsx")],
      cwd: this.sandbox.here,
      env: { ...this.sandbox.environment, ...this.environment },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.stderr?.on("data", (text: Buffer) => {
      this.#errors = (this.#errors + text.toString()).slice(-20_000);
    });
    return child;
  }
}
