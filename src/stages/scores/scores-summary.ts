import type { StageRow, Store } from "../../adapters/store/index.js";
import type { Judge } from "../../records/seams.js";
import { RANKED_PARTS } from "../../records/verdict.js";

/** Reasons that a summary tells. */
const MOST_REASONS = 5;

/** What a judge made of the candidates of a stage, why it failed where it did, and what asking it took. */
export function scoresSummary(store: Store, candidates: StageRow, judge: Judge) {
  let [scored, failed, yes, ordered] = [0, 0, 0, 0];
  const reasons = new Map<string, number>();
  for (const group of store.candidates.byPrompt(candidates.id, judge.identity)) {
    for (const { verdict } of group.candidates) {
      if (verdict?.kind !== "scored") {
        failed += 1;
        const reason = verdict?.kind === "failed" ? verdict.reason : "not ready";
        if (reasons.has(reason) || reasons.size < MOST_REASONS)
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        continue;
      }
      scored += 1;
      yes += verdict.score >= 0.5 ? 1 : 0;
      ordered += verdict.parts?.find(({ name }) => name === RANKED_PARTS.ordered)?.score ?? 0;
    }
  }
  return {
    ...{ scored, failed, yes, judge: judge.identity },
    ...(reasons.size > 0 ? { reasons: Object.fromEntries(reasons) } : {}),
    ...(judge.isRelative && scored > 0 ? { dependsOnOrder: ordered / scored } : {}),
    ...(judge.spent ? { spent: spentOn(judge.spent()) } : {}),
  };
}

/** In this workspace so far, by other stages too. */
function spentOn({ calls, inputTokens, outputTokens, cost }: ReturnType<NonNullable<Judge["spent"]>>) {
  return { calls, inputTokens, outputTokens, cost };
}
