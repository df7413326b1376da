/**
 * Files that `npm run test:fast` leaves out: each starts many processes, trains, or fills several seconds of a core otherwise. Whole folders count too.
 */
export const SLOW_TESTS = {
  vitest: [
    "test/adapters/python/worker.test.ts",
    "test/cli-cuts.test.ts",
    "test/cli-earlier.test.ts",
    "test/cli-faults.test.ts",
    "test/cli-resume.test.ts",
    "test/cli-tune.test.ts",
    "test/cli.test.ts",
    "test/commands/damaged.test.ts",
    "test/commands/doctor-model.test.ts",
    "test/commands/import.test.ts",
    "test/commands/next-steps.test.ts",
    "test/commands/per-step.test.ts",
    "test/commands/refused.test.ts",
    "test/families/torch-detector.test.ts",
    "test/families/torch.test.ts",
    "test/pipelines",
    "test/quiet.test.ts",
    "test/readme.test.ts",
    "test/review/review-command.test.ts",
    "test/review/review-page.test.ts",
    "test/scripts/bench/sampling.test.ts",
    "test/scripts/studies/paper-tables.test.ts",
    "test/scripts/trials/trials.test.ts",
  ],
  pytest: ["python/tests/benchmark/test_benchmark.py"],
};
