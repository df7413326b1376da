import { resolve } from "node:path";
import { runProgram } from "../../src/commands/program.js";
import type { Surroundings } from "../../src/commands/surroundings.js";

/** Runs a command line in this process and gives what it printed. */
export async function runLine(line: string, signal: AbortSignal = new AbortController().signal) {
  const printed = { out: "", errors: "" };
  const surroundings: Surroundings = {
    home: resolve("."),
    version: "1.2.3",
    signal,
    out: (text) => {
      printed.out += text;
    },
    errors: {
      write: (text) => {
        printed.errors += text;
      },
    },
  };
  const code = await runProgram(line.split(" ").filter(Boolean), surroundings);
  return { code, ...printed };
}
