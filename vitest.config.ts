import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Some tests start the command line, a Python worker or a model.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
