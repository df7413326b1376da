import type { SearchCosts, Store } from "../../../src/adapters/store/index.js";
import type { RunConfig } from "../../../src/config/freeze-config.js";
import { storedEvaluation } from "../../../src/runner/reports/stored-evaluations.js";
import { rowsOf } from "../../../src/runner/run/table-rows.js";
import {
  type Comparison,
  type ComparisonPair,
  compareEvaluations,
} from "../../../src/stages/comparison/compare.js";
import { collectEvaluations, type Evaluation } from "../../../src/stages/comparison/evaluations.js";
import { hashOf } from "../../../src/stages/hash.js";

/** A row whose images are all judged. */
export interface Measured {
  readonly evaluation: Evaluation;
  readonly costs: SearchCosts;
}

/** The finished rows of a run, in the order of its settings; undefined for a row that was not run yet. */
export async function measuredRows(store: Store, config: RunConfig): Promise<(Measured | undefined)[]> {
  const stages = store.stages.list(config.name).filter(({ progress }) => progress === "finished");
  const rows = rowsOf(config, 0).map(async ({ label, verifier }) => {
    // A row of other settings, such as a threshold that was changed since, is another row.
    const stage = stages.findLast(
      ({ inputs }) => inputs["label"] === label && hashOf(inputs["verifier"]) === hashOf(verifier),
    );
    if (stage === undefined) return undefined;
    const [evaluation] = await collectEvaluations([storedEvaluation(store, stage.id)]);
    return { evaluation: evaluation as Evaluation, costs: store.searches.costs(stage.id) };
  });
  return Promise.all(rows);
}

/** Scores with intervals, paired differences and p-values of the rows that were asked for, drawn as a run draws them. */
export class Comparing {
  readonly #settings: Comparison["statistics"];

  constructor({ evaluation, seed }: Pick<RunConfig, "evaluation" | "seed">) {
    this.#settings = { resamples: evaluation.resamples, seed, level: 0.95 };
  }

  score({ evaluation }: Measured) {
    return compareEvaluations([evaluation], this.#settings).rows[0] as Comparison["rows"][number];
  }

  /** `to` less `from`. */
  difference(from: Measured, to: Measured): ComparisonPair {
    const pair = [
      { ...from.evaluation, name: "from" },
      { ...to.evaluation, name: "to" },
    ];
    return compareEvaluations(pair, this.#settings).comparisons[0] as ComparisonPair;
  }
}
