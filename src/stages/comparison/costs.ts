import type { SearchCosts, Store } from "../../adapters/store/index.js";
import { alignColumns } from "../pages/align-columns.js";

/** What the images of a row cost together. */
export interface RowCosts extends SearchCosts {
  readonly label: string;
}

/** Of evaluation stages by their labels; those that searched nothing (pictures from outside) are left out. */
export function rowCosts({ searches, evaluations }: Store, stages: readonly string[]): RowCosts[] {
  return stages.flatMap((id) => {
    const costs = searches.costs(id);
    return costs.searches === 0 ? [] : [{ label: evaluations.find(id)?.label ?? id, ...costs }];
  });
}

/** Costs that are the same in every run of the same settings: seconds, and what was read back, are not. */
export function costsWithoutTimes({ label, nfe, judgeCalls, failedVerdicts }: RowCosts) {
  return { label, nfe, judgeCalls, failedVerdicts };
}

/** The cost of an image in each row, as text. Seconds are of this run: what it read back cost it nothing. */
export function costsTable(costs: readonly RowCosts[]): string {
  return alignColumns(costHead(), costs.map(costCells), ["left"]);
}

export function costHead(): string[] {
  return [
    "an image costs",
    "generator NFEs",
    "read back",
    "judge calls",
    "seconds",
    "failed verdicts in all",
  ];
}

/** A row under `costHead`. */
export function costCells({ label, ...cost }: RowCosts): string[] {
  const { searches, nfe, sampledNfe, judgeCalls, failedVerdicts, seconds } = cost;
  return [
    label,
    each(nfe, searches),
    `${nfe === 0 ? 0 : Math.round(100 * (1 - sampledNfe / nfe))}%`,
    each(judgeCalls, searches),
    (seconds / Math.max(1, searches)).toFixed(3),
    String(failedVerdicts),
  ];
}

function each(total: number, searches: number): string {
  const mean = total / Math.max(1, searches);
  return Number.isInteger(mean) ? String(mean) : mean.toFixed(1);
}
