import { ConfigError } from "../../errors.js";
import { expectedCalls } from "../../judges/expected-calls.js";
import { findStage } from "../find-stage.js";
import type { PlannedJudging } from "../planning/planned-judging.js";
import { inStageSession, type StageSessionOptions } from "./stage-session.js";

/** What scoring a stage's candidates by `config.models.judge` would take, nothing being asked. Throws ConfigError where calls cost nothing. */
export function planScore(start: string, options: StageSessionOptions): Promise<PlannedJudging> {
  return inStageSession(options, async ({ store, models, config }) => {
    const candidates = findStage(store, start, "candidates");
    const judge = config.judges.find(({ name }) => name === config.models.judge);
    if (judge === undefined) {
      throw new ConfigError(
        `Expected --judge to name a judge of "judges", or a file with its settings, to plan its calls, got ${config.models.judge}: a checkpoint is asked on this machine.`,
      );
    }
    const [all, open] = [
      { pictures: 0, prompts: 0 },
      { pictures: 0, prompts: 0 },
    ];
    for (const group of store.candidates.byPrompt(candidates.id, models.judgeIdentity as string)) {
      const missing = group.candidates.filter(({ verdict }) => verdict?.kind !== "scored").length;
      all.pictures += group.candidates.length;
      all.prompts += 1;
      open.pictures += missing;
      open.prompts += Math.min(1, missing);
    }
    return { judge: judge.name, ...expectedCalls(judge, all), left: expectedCalls(judge, open) };
  });
}
