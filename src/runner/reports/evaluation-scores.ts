import { openStore, type StageRow } from "../../adapters/store/index.js";
import { workspacePaths } from "../../paths.js";
import { type ComparisonRow, compareEvaluations } from "../../stages/comparison/compare.js";
import { type RowCosts, rowCosts } from "../../stages/comparison/costs.js";
import { collectEvaluations } from "../../stages/comparison/evaluations.js";
import { storedEvaluation, storedSettings } from "./stored-evaluations.js";

/** What an evaluation came to, task by task with intervals, and what its images cost where that was kept. */
export interface EvaluationScores {
  readonly scores: ComparisonRow;
  readonly costs: readonly RowCosts[];
}

/** Of a finished evaluation stage, as `compare` draws the same intervals. */
export async function evaluationScores({ id }: StageRow, workspace: string): Promise<EvaluationScores> {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const evaluations = await collectEvaluations([storedEvaluation(store, id)]);
    const { rows } = compareEvaluations(evaluations, storedSettings(store, [id], null));
    return { scores: rows[0] as ComparisonRow, costs: rowCosts(store, [id]) };
  } finally {
    store.close();
  }
}
