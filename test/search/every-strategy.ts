import { bestOfN } from "../../src/search/strategies/best-of-n.js";
import type { Budget } from "../../src/search/strategies/budget.js";
import { overPaths } from "../../src/search/strategies/over-paths.js";
import { parm } from "../../src/search/strategies/parm.js";
import { parmPlusPlus } from "../../src/search/strategies/parm-plus-plus.js";
import { prm } from "../../src/search/strategies/prm.js";
import { zeroOrder } from "../../src/search/strategies/zero-order.js";

/** One of each strategy that searches in its own way, under a budget. */
export function strategiesUnder(budget: Budget) {
  const shared = { candidates: 10, seed: 3, budget };
  const thresholds = { clarity: 0.6, potential: 0.5 };
  return {
    bestOfN: bestOfN(shared),
    prm: prm({ ...shared, question: "process" }),
    parm: parm({ ...shared, ...thresholds }),
    parmOfThree: parm({ ...shared, ...thresholds, potential: 0.8, finishAtLeast: 3 }),
    parmPlusPlus: parmPlusPlus({ ...shared, ...thresholds, reflection: 0.8, reflections: 3 }),
    zeroOrder: zeroOrder({ ...shared, neighbours: 4, remask: 0.5 }),
    overPaths: overPaths({ ...shared, question: "process", keep: 3, remask: 0.4, every: 2 }),
  };
}
