import { resolve } from "node:path";
import { execa, type Options } from "execa";

export interface Ended {
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command as people give it, in a process of its own, to its end. Nothing here waits for a process
 * synchronously: a test file that does not answer vitest for a minute fails the whole run.
 */
export async function espalier(words: readonly string[], options: Options = {}): Promise<Ended> {
  const command = [resolve("bin/espalier.js"), ...words];
  const how = { reject: false, stripFinalNewline: false, stdin: "ignore", ...options } as const;
  const { exitCode, stdout, stderr } = await execa(process.execPath, command, how);
  return { status: exitCode, stdout: String(stdout), stderr: String(stderr) };
}
