import { agreementReport } from "./agreement-text.js";
import { defineCommand } from "./command.js";

export const agreement = defineCommand({
  name: "agreement",
  summary: "say how far people agree on pairs, among themselves and with the judge",
  examples: ["espalier agreement 77ab02"],
  positionals: [{ name: "pairs", describe: "id of a pairs stage, or its first digits", required: true }],
  flags: {},
  async run([pairs = ""], _flags, { workspace }) {
    const { agreementOn } = await import("../runner/reviews/review-pairs.js");
    const outcome = agreementOn(pairs, workspace);
    return agreementReport(outcome);
  },
});
