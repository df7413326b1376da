import type { StageRow } from "../adapters/store/index.js";
import { MOST } from "../config/limits.js";
import type { LabelConfig, MiningConfig } from "../config/schema/round.js";
import { ConfigError } from "../errors.js";
import { defineCommand, JUDGE_REFERENCE, number, oneOf, type Report, text } from "./command.js";
import { yieldText } from "./pair-text.js";
import { stageReport } from "./stage-report.js";
import { STAGE_FLAGS, stageSettings } from "./stage-settings.js";

/** Each policy with its settings and their defaults. */
const POLICIES = {
  "random-yes-no": { pairsPerPrompt: 1, margin: 0 },
  "best-versus-worst": { pairsPerPrompt: 1, margin: 0 },
  "best-versus-second": { margin: 0 },
  "hard-negatives": { nearest: "tokens", pairsPerPrompt: 1, margin: 0 },
  "per-step": { pairsPerPrompt: 1, margin: 0 },
} as const;
type Policy = keyof typeof POLICIES;
const NAMES = Object.keys(POLICIES) as [Policy, ...Policy[]];

const SHARE = { least: 0, most: 1, whole: false };
const BY_JUDGE = { requires: ["by=judge"] };

export const pair = defineCommand({
  name: "pair",
  summary: "mine chosen/rejected pairs from scored candidates",
  examples: [
    "espalier pair 8f41c2 --by judge --yes-from 0.8 --no-up-to 0.2",
    "espalier pair 8f41c2 --policy best-versus-worst --margin 0.3 --pairs-per-prompt 2",
    "espalier pair 8f41c2 --by detector --policy hard-negatives --nearest requirements",
    "espalier pair 8f41c2 --earlier 77ab02 --earlier-share 0.3",
  ],
  positionals: [
    { name: "candidates", describe: "id of a scored candidates stage, or its first digits", required: true },
  ],
  flags: {
    by: oneOf("who labelled the candidates", ["judge", "detector"], "judge"),
    judge: text(`which judge: ${JUDGE_REFERENCE}`, "checkpoint", null, BY_JUDGE),
    yesFrom: number("P(yes) from which a candidate is a yes", SHARE, 0.5, BY_JUDGE),
    noUpTo: number("P(yes) up to which a candidate is a no", SHARE, 0.5, BY_JUDGE),
    policy: oneOf("how pairs are picked", NAMES, "random-yes-no"),
    pairsPerPrompt: number("pairs of a prompt at most", { least: 1, most: MOST.pairsOfPrompt }, null, {
      excludes: ["policy=best-versus-second"],
    }),
    margin: number("least difference of the two scores", SHARE, null),
    nearest: oneOf(
      "what hard negatives have in common with the chosen image",
      ["tokens", "requirements"],
      null,
      { requires: ["policy=hard-negatives"] },
    ),
    pairsPerTask: number("pairs of a task at most", { least: 1, most: MOST.pairs }, null),
    earlier: text("a pairs stage to draw from as well", "id", null, { requires: ["earlierShare"] }),
    earlierShare: number(
      "share of all pairs that is drawn from it",
      { least: 0, most: 0.95, whole: false },
      0,
      { requires: ["earlier"] },
    ),
    ...STAGE_FLAGS,
  },
  resumable: true,
  async run([candidates = ""], flags, context) {
    const { options } = await stageSettings(flags, context);
    const { yesFrom, noUpTo, pairsPerTask, earlier, earlierShare } = flags;
    if (noUpTo > yesFrom) {
      throw new ConfigError(
        `Expected --no-up-to to be at most --yes-from (${yesFrom}), got ${noUpTo}: no candidate is a yes and a no.`,
      );
    }
    const labels: LabelConfig = flags.by === "judge" ? { by: "judge", yesFrom, noUpTo } : { by: "detector" };
    const stages = await import("../runner/single-stages/single-stages.js");
    const mixed = { earlier: earlier === null ? [] : [earlier], earlierPairs: earlierShare };
    const mining = miningOf(flags);
    const stage = await stages.pair({ candidates, labels, mining, pairsPerTask, ...mixed }, options);
    return pairReport(stage);
  },
});

function pairReport(stage: StageRow): Report {
  const { pairs } = stage.summary as { pairs: number };
  return { ...stageReport(stage, ...(pairs > 0 ? ["train", stage.id] : [])), text: yieldText(stage) };
}

/** The policy with what was said of it. */
function miningOf(flags: {
  readonly policy: Policy;
  readonly pairsPerPrompt: number | null;
  readonly margin: number | null;
  readonly nearest: string | null;
}): MiningConfig {
  const { policy, nearest, ...rest } = flags;
  const { pairsPerPrompt, margin } = rest;
  const said = Object.entries({ pairsPerPrompt, margin, nearest }).filter(([, value]) => value !== null);
  return { policy, ...POLICIES[policy], ...Object.fromEntries(said) } as MiningConfig;
}
