import { ConfigError } from "../errors.js";
import type { FoundThresholds } from "../stages/judge-thresholds/find-thresholds.js";
import type { Context, Report } from "./command.js";
import { judgingText } from "./judging-text.js";
import { stageReport } from "./stage-report.js";
import { type StageFlags, stageSettings } from "./stage-settings.js";

interface ThresholdsFlags extends StageFlags {
  readonly heldOut: string;
  readonly images: number;
  readonly n: number;
  readonly by: "detector" | "judge";
  readonly giveUp: number;
  readonly plan: boolean;
}

/** `judge thresholds JUDGE`: where PARM cuts with this judge. Throws ConfigError. */
export async function thresholdsReport(
  ids: readonly string[],
  flags: ThresholdsFlags,
  context: Context,
): Promise<Report> {
  const [judge, ...others] = ids;
  if (judge === undefined || others.length > 0)
    throw new ConfigError(
      `Expected "espalier judge thresholds JUDGE", got ${ids.length} words: ${ids.join(" ")}.`,
    );
  const { options } = await stageSettings({ ...flags, judge }, context, ["sampling"]);
  const { heldOut: file, images, n, by, giveUp } = flags;
  const { validationShare } = options.config.prompts.heldOut;
  const params = { file, images, n, by, giveUp, validationShare };
  const work = await import("../runner/single-stages/judge-thresholds.js");
  if (flags.plan) {
    const planned = await work.planThresholds(params, options);
    const { calls, cost } = planned;
    return {
      data: planned,
      text: `${judgingText({ ...planned, left: { calls, cost } })} Nothing was asked.`,
    };
  }
  const { stage, found } = await work.judgeThresholds(params, options);
  const { summary: _, ...row } = stageReport(stage).data as Record<string, unknown>;
  return { data: { ...row, ...found }, text: textOf(stage.id, judge, found) };
}

function textOf(stage: string, judge: string, { found, bestOfN, n, images, tried }: FoundThresholds): string {
  const { clarity, potential, firstStep, finishAtLeast, score, nfeRatio, difference, judgeCalls } = found;
  const settings = JSON.stringify({ kind: "parm", n, clarity, potential, firstStep, finishAtLeast });
  const range = [difference.value, difference.low, difference.high].map((one) => one.toFixed(3));
  return `Thresholds of ${judge}, kept in stage ${stage}: the best of ${tried} tried on ${images} images of ${n} paths
  ${settings}
  score ${score.toFixed(3)}, best-of-${n} ${bestOfN.score.toFixed(3)}: difference ${range[0]} (95%: ${range[1]} to ${range[2]})
  evaluations of the generator ${(100 * nfeRatio).toFixed(0)}% of best-of-${n}'s, images shown to the judge ${judgeCalls} (best-of-${n} ${bestOfN.judgeCalls})
Searches "--verifier parm" by this judge take them; a pipeline's do with { "kind": "parm", "thresholds": "judge" }. The best of many tried is
flattered by chance: measure it on other prompts.`;
}
