import { LAYOUT } from "../../machine/layout.js";

/** The command line of a worker process, after the Node that runs it. */
export function workerWords(threads: number): readonly string[] {
  return [LAYOUT.program, "work-shards", "--threads", String(threads)];
}

/** The command that starts a worker on this machine. */
export function workerCommand(threads: number): readonly string[] {
  return [process.execPath, ...workerWords(threads)];
}
