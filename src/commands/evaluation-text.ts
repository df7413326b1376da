import type { StageRow } from "../adapters/store/index.js";
import type { EvaluationScores } from "../runner/reports/evaluation-scores.js";
import { costsTable } from "../stages/comparison/costs.js";
import { interval, score } from "../stages/comparison/table.js";
import { alignColumns } from "../stages/pages/align-columns.js";

/** The scores of an evaluation with their intervals, what its images cost, and what a reader must know of them. */
export function evaluationText({ id, name, summary }: StageRow, { scores, costs }: EvaluationScores): string {
  const { tasks, taskIntervals, overall, ci } = scores;
  const rows = Object.entries(tasks).map(([tag, value]) => [
    tag === "" ? "untagged" : tag.replaceAll("_", " "),
    score(value),
    taskIntervals[tag] === undefined ? "" : interval(taskIntervals[tag], score),
  ]);
  const all = ["overall", score(overall), interval(ci, score)];
  const failed = Number(summary?.["failedVerdicts"] ?? 0);
  const leaks = (summary?.["leaks"] ?? []) as readonly string[];
  const told = [
    ...(failed > 0 ? [`${failed} verdicts failed.`] : []),
    ...leaks.map((leak) => `The evaluation leaks. ${leak}.`),
  ];
  return [
    `${name} ${id}: ${scores.name}, ${scores.images} images of ${scores.prompts} prompts`,
    alignColumns(["task", "score", "95% interval"], [...rows, all], ["left"]),
    ...(costs.length > 0 ? [costsTable(costs)] : []),
    ...told,
  ].join("\n\n");
}
