import { defineConfig } from "vitest/config";
import { QUIET } from "./scripts/setup/quiet.js";

export default defineConfig({
  test: {
    env: QUIET,
    include: ["test/**/*.test.ts"],
    // Some tests start the command line, a Python worker or a model.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
