import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HOME } from "../../src/runner/locate-file.js";
import type { Sandbox } from "./sandbox.js";

/** The command line as people start it. */
export const COMMAND = [process.execPath, join(HOME, "bin", "espalier.js")] as const;
/** Hosts a command on a terminal: see its docstring. */
const TERMINAL = join(import.meta.dirname, "terminal.py");
const PYTHON = join(HOME, ".venv", "bin", "python");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly errors: string;
  readonly seconds: number;
  /** Whether it had to be ended. */
  readonly hung: boolean;
}

export interface StartOptions {
  readonly sandbox: Sandbox;
  readonly environment?: Readonly<Record<string, string>>;
  /** Absent: standard input is empty. */
  readonly input?: string | Uint8Array;
  /** Words before the command: a program that starts it in other circumstances. */
  readonly wrap?: readonly string[];
  /** On a pseudo-terminal. */
  readonly terminal?: boolean;
  /** Seconds after which it counts as hung. */
  readonly limit?: number;
}

export interface Running {
  readonly ended: Promise<Ended>;
  /** Calls `hear` with all that was printed so far, on either stream, whenever there is more. */
  readonly onText: (hear: (text: string) => void) => void;
  /** As a person or the system stops it: Ctrl-C where it is on a terminal. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** Ids of processes that it started and that are left. */
  readonly leftovers: () => number[];
}

/** Seconds within which every command that is given something wrong must end. */
export const PATIENCE = 30;
const MOST_TEXT = 4_000_000;

/** Starts `espalier` with `words`. */
export function startCommand(words: readonly string[], options: StartOptions): Running {
  const { sandbox, environment, wrap = [], terminal = false, limit = PATIENCE } = options;
  const mark = randomUUID();
  const host = terminal ? [PYTHON, TERMINAL] : [];
  const [program = "", ...rest] = [...host, ...wrap, ...COMMAND, ...words];
  const begun = performance.now();
  // A process group of its own, so that all of it can be ended and nothing else.
  const child = spawn(program, rest, {
    cwd: sandbox.here,
    env: { ...sandbox.environment, ...environment, ESPALIER_TRIAL: mark },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = { out: "", errors: "" };
  const hearers: ((text: string) => void)[] = [];
  for (const name of ["out", "errors"] as const) {
    child[name === "out" ? "stdout" : "stderr"].on("data", (chunk: Buffer) => {
      if (said[name].length < MOST_TEXT) said[name] += chunk.toString();
      for (const hear of hearers) hear(said.out + said.errors);
    });
  }
  child.stdin.on("error", () => undefined);
  if (!terminal) child.stdin.end(options.input ?? "");
  return {
    ended: endOf(child, { mark, said, begun, limit }),
    onText: (hear) => void hearers.push(hear),
    stop: (signal) => stop(child, signal, terminal, mark),
    leftovers: () => processesOf(mark),
  };
}

/** Runs `espalier` with `words` to its end. */
export function runCommand(words: readonly string[], options: StartOptions): Promise<Ended> {
  return startCommand(words, options).ended;
}

function endOf(
  child: ChildProcess,
  how: {
    readonly mark: string;
    readonly said: { readonly out: string; readonly errors: string };
    readonly begun: number;
    readonly limit: number;
  },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      for (const pid of [child.pid as number, ...processesOf(how.mark)]) kill(pid, "SIGKILL");
    }, how.limit * 1000);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...how.said, hung, seconds: (performance.now() - how.begun) / 1000 });
    });
  });
}

function stop(child: ChildProcess, signal: NodeJS.Signals, terminal: boolean, mark: string): void {
  if (terminal && signal === "SIGINT") return void child.stdin?.write("\x03");
  const main = processesOf(mark).find((pid) => commandOf(pid).includes("espalier.js"));
  const pid = terminal ? main : child.pid;
  if (pid !== undefined) kill(pid, signal);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Processes that carry the mark in their environment, the first to start first. */
function processesOf(mark: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => read(`/proc/${pid}/environ`).includes(mark))
    .map(Number)
    .sort((one, other) => one - other);
}

function commandOf(pid: number): string {
  const words = read(`/proc/${pid}/cmdline`).split("\0");
  return words[0]?.includes("node") ? words.join(" ") : "";
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
