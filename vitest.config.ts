import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { QUIET } from "./src/machine/quiet.js";

export default defineConfig({
  test: {
    // What pipelines import: the sources, not what is compiled for the package.
    alias: [{ find: /^espalier$/, replacement: resolve("src/index.ts") }],
    env: QUIET,
    include: ["test/**/*.test.ts"],
    // Tests wait for processes a good part of their time, so that two files at once take little more than one on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Some tests start the command line, a Python worker or a model.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
