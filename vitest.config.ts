import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { QUIET } from "./src/machine/quiet.js";

export default defineConfig({
  test: {
    env: QUIET,
    include: ["test/**/*.test.ts"],
    // Tests wait for processes a good part of their time, so that two files at once take little more than one on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Some tests start the command line, a Python worker or a model.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
