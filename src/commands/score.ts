import { defineCommand, JUDGE_REFERENCE, oneOf, text, toggle } from "./command.js";
import { judgingText } from "./judging-text.js";
import { stageReport } from "./stage-report.js";
import { PIPELINE_FLAG, stageSettings } from "./stage-settings.js";

export const score = defineCommand({
  name: "score",
  summary: "ask a judge, or the detector, about every candidate of a stage",
  examples: ["espalier score 8f41c2", "espalier score 8f41c2 --by detector"],
  positionals: [
    { name: "candidates", describe: "id of a candidates stage, or its first digits", required: true },
  ],
  flags: {
    by: oneOf("who is asked", ["judge", "detector"], "judge"),
    judge: text(`which judge: ${JUDGE_REFERENCE}`, "checkpoint", null, { requires: ["by=judge"] }),
    plan: toggle("say how many calls it would take and what they cost, and ask nothing", {
      requires: ["by=judge"],
    }),
    ...PIPELINE_FLAG,
  },
  resumable: true,
  async run([candidates = ""], flags, context) {
    const { options } = await stageSettings(flags, context, ["sampling"]);
    if (flags.plan) {
      const { planScore } = await import("../runner/single-stages/plan-score.js");
      const planned = await planScore(candidates, options);
      return { data: planned, text: `${judgingText(planned)} Nothing was asked.` };
    }
    const stages = await import("../runner/single-stages/single-stages.js");
    const stage = await stages.score({ candidates, by: flags.by }, options);
    const judge = flags.judge === null ? [] : ["--judge", flags.judge];
    return stageReport(stage, "pair", candidates, "--by", flags.by, ...judge);
  },
});
