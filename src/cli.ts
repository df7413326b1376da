import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { boundHeap } from "./adapters/heap.js";
import { runProgram } from "./commands/program.js";

boundHeap();
const home = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const interruption = new AbortController();

for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => interrupt(name));
// A reader that closes early (espalier show | head) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), {
  home,
  version,
  signal: interruption.signal,
  out: (text) => process.stdout.write(text),
  errors: process.stderr,
  input: process.stdin,
});

/** The first time asks the work to stop at a safe point; the second time ends at once. */
function interrupt(name: NodeJS.Signals): void {
  if (interruption.signal.aborted) process.exit(130);
  process.stderr.write(`\n${name}: stopping at the next safe point (once more: stop at once)\n`);
  interruption.abort(new Error(`Interrupted by ${name}`));
}
