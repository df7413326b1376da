import { resolve } from "node:path";
import { runProgram } from "../../src/commands/program.js";
import type { Surroundings } from "../../src/commands/surroundings.js";
import type { Ended } from "../espalier-command.js";

const HOME = resolve(".");

/** Runs a command line in this process and gives what it printed. */
export async function runLine(line: string, signal: AbortSignal = new AbortController().signal) {
  return runWords(line.split(" ").filter(Boolean), signal);
}

/** Runs a command in this process as if it were given in `folder`, and gives what a process of its own would. */
export async function runIn(folder: string, words: readonly string[]): Promise<Ended> {
  process.chdir(folder);
  try {
    const { code, out, errors } = await runWords(words, new AbortController().signal);
    return { status: code, stdout: out, stderr: errors };
  } finally {
    process.chdir(HOME);
  }
}

async function runWords(words: readonly string[], signal: AbortSignal) {
  const printed = { out: "", errors: "" };
  const surroundings: Surroundings = {
    home: HOME,
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
  const code = await runProgram(words, surroundings);
  return { code, ...printed };
}
