import type { LabelConfig, MiningConfig } from "../config/round-schema.js";
import { ConfigError } from "../errors.js";
import { defineCommand, number, oneOf, text } from "./command.js";
import { stageReport } from "./stage-report.js";
import { STAGE_FLAGS, stageSettings } from "./stage-settings.js";

const POLICIES = ["random-yes-no", "best-versus-worst"] as const;

export const pair = defineCommand({
  name: "pair",
  summary: "mine chosen/rejected pairs from scored candidates",
  examples: [
    "espalier pair 8f41c2 --by judge",
    "espalier pair 8f41c2 --policy best-versus-worst --margin 0.3",
  ],
  positionals: [
    { name: "candidates", describe: "id of a scored candidates stage, or its first digits", required: true },
  ],
  flags: {
    by: oneOf("who labelled the candidates", ["judge", "detector"], "judge"),
    judge: text("which judge: a name, id or folder", "checkpoint", null),
    yesFrom: number("P(yes) from which a candidate is a yes", { least: 0, most: 1, whole: false }, 0.5),
    noUpTo: number("P(yes) up to which a candidate is a no", { least: 0, most: 1, whole: false }, 0.5),
    policy: oneOf("how pairs are picked", POLICIES, "random-yes-no"),
    pairsPerPrompt: number("pairs of a prompt, for random-yes-no", { least: 1 }, null),
    margin: number("least difference, for best-versus-worst", { least: 0, whole: false }, null),
    pairsPerTask: number("pairs of a task at most", { least: 1 }, null),
    ...STAGE_FLAGS,
  },
  resumable: true,
  async run([candidates = ""], flags, context) {
    const { options } = await stageSettings(flags, context);
    const { yesFrom, noUpTo, pairsPerTask } = flags;
    const labels: LabelConfig = flags.by === "judge" ? { by: "judge", yesFrom, noUpTo } : { by: "detector" };
    const stages = await import("../runner/single-stages.js");
    const stage = await stages.pair({ candidates, labels, mining: miningOf(flags), pairsPerTask }, options);
    return stageReport(stage, "espalier train ID");
  },
});

function miningOf(flags: {
  readonly policy: (typeof POLICIES)[number];
  readonly pairsPerPrompt: number | null;
  readonly margin: number | null;
}): MiningConfig {
  const { policy, pairsPerPrompt, margin } = flags;
  const stray =
    policy === "random-yes-no"
      ? margin !== null && "--margin"
      : pairsPerPrompt !== null && "--pairs-per-prompt";
  if (stray)
    throw new ConfigError(
      `${stray} says nothing to --policy ${policy}. Leave it out, or choose the other policy.`,
    );
  if (policy === "random-yes-no") return { policy, pairsPerPrompt: pairsPerPrompt ?? 1 };
  return { policy, margin: margin ?? 0 };
}
