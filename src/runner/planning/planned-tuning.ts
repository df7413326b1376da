import type { RunConfig } from "../../config/freeze-config.js";
import type { RunPrompts } from "../run/run-prompts.js";
import { judgingPrompts } from "../run/tuning-samples.js";
import type { PlannedWork } from "./planned-stage.js";

/** The stages of a round that tunes its judge, in order; `images` are the round's candidates. */
export function tuningWork(
  config: RunConfig,
  { judging }: RunPrompts,
  { round, images }: { readonly round: number; readonly images: number },
): PlannedWork[] {
  const { judge, from } = config.rounds[round - 1] as RunConfig["rounds"][number];
  const { tune } = judge;
  if (tune === null) return [];
  const work = (name: string, what: string, units: number, samples = 0) => {
    return { round, name, what, samples, units };
  };
  const before = config.rounds.slice(0, from ?? round - 1).filter((one) => one.judge.tune !== null);
  const hasEarlier = before.length > 0 && tune.earlierSamples > 0;
  const earlier = Math.round((images * tune.earlierSamples) / (1 - tune.earlierSamples));
  const prompts = judgingPrompts(judging, tune, config.seed).length;
  const heldOut = prompts * tune.heldOut.perPrompt;
  const { by } = tune.labels;
  const who = by === "reviews" ? "detector" : by;
  const { steps, batch } = tune.training;
  return [
    ...(by === "reviews" ? [] : [work("judge-labels", `${images} verdicts of the ${by}`, images)]),
    work("judge-states", `labels by ${by}`, images),
    work("judge-samples", "as many right as wrong", images),
    ...(hasEarlier
      ? [work("judge-samples-earlier", `about ${earlier} of earlier rounds, at most`, earlier)]
      : []),
    work("prompts-judge", `${prompts} prompts`, prompts),
    work("judge-candidates-held-out", `${heldOut} of ${prompts} prompts`, heldOut, heldOut),
    work("judge-labels-held-out", `${heldOut} verdicts of the ${who}`, heldOut),
    work("judge-states-held-out", `labels by ${who}`, heldOut),
    work("judge-report-before", `the judge so far on ${heldOut} images`, heldOut),
    work("judge-training", `${steps} steps of ${batch} images`, steps),
    work("judge-report", `the tuned judge on ${heldOut} images`, heldOut),
  ];
}
