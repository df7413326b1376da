import type { RunConfig } from "../../config/freeze-config.js";
import { type ExpectedCalls, expectedCalls, type Looks } from "../../judges/expected-calls.js";
import type { PlannedStage } from "./planned-stage.js";

/** What asking a judge of the run's settings will take. */
export interface PlannedJudging extends ExpectedCalls {
  readonly judge: string;
  /** Of stages that are not done. */
  readonly left: ExpectedCalls;
}

/** Each judge of the settings that stages ask, with the calls that this takes at most. */
export function plannedJudging(
  { judges }: Pick<RunConfig, "judges">,
  stages: readonly PlannedStage[],
): PlannedJudging[] {
  return judges.flatMap((judge) => {
    const asked = stages.filter(({ asks }) => asks?.judges.includes(judge.name));
    if (asked.length === 0) return [];
    const all = sum(asked.map(({ asks }) => expectedCalls(judge, asks as Looks)));
    const open = asked.filter(({ state }) => state !== "done");
    const left = sum(open.map((stage) => expectedCalls(judge, leftOf(stage))));
    return [{ judge: judge.name, ...all, left }];
  });
}

/** What shards that are done have asked is not asked again. */
function leftOf({ asks, shards }: PlannedStage): Looks {
  const share = shards === null || shards.planned === 0 ? 1 : 1 - shards.done / shards.planned;
  const { pictures = 0, prompts = 0 } = asks ?? {};
  return { pictures: pictures * share, prompts: prompts * share };
}

function sum(parts: readonly ExpectedCalls[]): ExpectedCalls {
  return parts.reduce((total, { calls, cost }) => ({ calls: total.calls + calls, cost: total.cost + cost }), {
    calls: 0,
    cost: 0,
  });
}
