import { readFileSync } from "node:fs";
import { join } from "node:path";
import { boundHeap } from "./adapters/heap.js";
import { type ExitCode, explain, runProgram } from "./commands/program.js";
import type { Surroundings } from "./commands/surroundings.js";
import { ROOT } from "./machine/layout.js";

/** What is left alive so long after the work is over hangs. */
const LINGER_MILLISECONDS = 3000;

boundHeap();
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const interruption = new AbortController();
const words = process.argv.slice(2);
const surroundings: Surroundings = {
  home: ROOT,
  version,
  signal: interruption.signal,
  out: (text) => process.stdout.write(text),
  errors: process.stderr,
  input: process.stdin,
};

for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => interrupt(name));
// A reader that closes early (espalier show | head) is no error; a result that cannot be written is one.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return;
  // With --json it would be said there as well, and fail again without end.
  const mute = { ...surroundings, out: () => undefined };
  end(explain(Object.assign(error, { path: "Standard output" }), words, mute));
});
// Whether anybody reads the messages must not decide over the work.
process.stderr.on("error", () => undefined);
// What is thrown where no command waits for it: in a stream, a timer, a worker's event.
for (const name of ["uncaughtException", "unhandledRejection"] as const)
  process.on(name, (error: unknown) => process.exit(explain(error, words, surroundings)));

end(await runProgram(words, surroundings));

/** The exit code, the worst that was said. What keeps the process alive when the work is over is ended. */
function end(code: ExitCode): void {
  process.exitCode = Math.max(code, Number(process.exitCode ?? 0));
  setInterval(() => {
    // A slow reader still waits for the rest.
    if (process.stdout.writableLength === 0) process.exit();
  }, LINGER_MILLISECONDS).unref();
}

/** The first time asks the work to stop at a safe point; the second time ends at once. */
function interrupt(name: NodeJS.Signals): void {
  if (interruption.signal.aborted) process.exit(130);
  process.stderr.write(`\n${name}: stopping at the next safe point (once more: stop at once)\n`);
  interruption.abort(new Error(`Interrupted by ${name}`));
}
