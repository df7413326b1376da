import type { PlannedJudging } from "../runner/planning/planned-judging.js";

/** What asking a judge will take, in words. */
export function judgingText({ judge, calls, cost, left }: PlannedJudging): string {
  const price = (one: number) => (cost === 0 ? "" : `, about ${one.toFixed(one < 1 ? 4 : 2)} of money`);
  return `Judge ${judge}: ${left.calls} of at most ${calls} calls are left to make${price(left.cost)}.`;
}
