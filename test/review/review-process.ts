import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

/** `espalier review` in a process of its own. */
export interface ReviewProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it printed until its end, and its exit code. */
  readonly ended: Promise<{ readonly output: string; readonly errors: string; readonly code: number | null }>;
}

/** Starts a review of the pairs of a workspace and waits until its page can be opened. */
export async function startReview(
  root: string,
  pairs: string,
  ...flags: readonly string[]
): Promise<ReviewProcess> {
  const words = [resolve("bin/espalier.js"), "review", pairs, "--workspace", root, ...flags];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  let errors = "";
  const ended = once(child, "close").then(([code]) => ({ output, errors, code: code as number | null }));
  const url = await new Promise<string>((opened, failed) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      errors += text;
      const found = /http:\S+/.exec(errors)?.[0];
      if (found !== undefined) opened(found);
    });
    child.on("close", () =>
      failed(new Error(`espalier review ended before its page could be opened:\n${errors}`)),
    );
  });
  return { url, child, ended };
}
