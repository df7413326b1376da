import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const TRIALS = [
  ["fuzz", ["--inputs", "16", "--seed", "7", "--lanes", "1"], /\d inputs, 0 failed/],
  ["faults", ["--untrained", "--kind", "places", "--faults", "3"], /3 faults, 0 failed/],
] as const;

test.concurrent.each(TRIALS)(
  "a short trial of %s finds nothing",
  { timeout: 600_000 },
  async (name, words, end) => {
    const script = ["--import", "tsx", `scripts/trials/${name}.ts`, ...words];
    const run = promisify(execFile)(process.execPath, script, { encoding: "utf8" });
    const { stdout } = await run.catch((failed) => failed as { stdout: string });
    expect(stdout).toMatch(end);
  },
);
