/** Runs command lines that its parent sends, through the program's door, in one process and one working folder. */

import { runProgram } from "../../../src/commands/program.js";
import { HOME } from "../../../src/runner/locate-file.js";

export interface LaneAnswer {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

process.on("message", (words: readonly string[]) => void answer(words));
process.on("disconnect", () => process.exit());

async function answer(words: readonly string[]): Promise<void> {
  const said = { out: "", errors: "" };
  const code = await runProgram(words, {
    home: HOME,
    version: "0.0.0",
    signal: new AbortController().signal,
    out: (text) => {
      said.out += text;
    },
    errors: {
      write: (text) => {
        said.errors += text;
      },
    },
  }).catch((error: unknown) => {
    said.errors += error instanceof Error ? error.stack : String(error);
    return 70;
  });
  process.send?.({ code, ...said } satisfies LaneAnswer);
}
