import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { SLOW_TESTS } from "./scripts/setup/slow-tests.js";
import { QUIET } from "./src/machine/quiet.js";

/** The slow tests first, in the order of their list: none of them then runs alone at the end. */
class SlowestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const slow = SLOW_TESTS.vitest.map((path) => resolve(path));
    const place = ({ moduleId }: TestSpecification) => {
      const found = slow.findIndex((path) => moduleId.startsWith(path));
      return found < 0 ? slow.length : found;
    };
    const sorted = await super.sort(specifications);
    return sorted.sort((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    // What pipelines import: the sources, not what is compiled for the package.
    alias: [{ find: /^espalier$/, replacement: resolve("src/index.ts") }],
    env: QUIET,
    // Test files of a worker share what they import: loading it again took longer than most files.
    isolate: false,
    setupFiles: ["test/remove-folders.ts"],
    sequence: { sequencer: SlowestFirst },
    include: ["test/**/*.test.ts"],
    // Tests wait for processes a good part of their time, so that two files at once take little more than one on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Some tests start the command line, a Python worker or a model.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
