import { defineCommand } from "./command.js";
import { run } from "./run.js";

/** What it runs. */
const PIPELINE = "first-round";

export const quickstart = defineCommand({
  name: "quickstart",
  summary: "run the whole method once, small: candidates, pairs, a training, the table and its report",
  examples: ["espalier quickstart", "espalier quickstart --workspace elsewhere"],
  positionals: [],
  flags: {},
  resumable: true,
  async run(_words, _flags, context) {
    const report = await run.run(
      [PIPELINE],
      { plan: false, executor: "local", workers: 1, address: null },
      context,
    );
    return { ...report, next: [["status"], ["init", "my-experiment"]] };
  },
});
