import type { SearchCosts } from "../../adapters/store/index.js";

/** What the images of a row cost together. */
export interface RowCosts extends SearchCosts {
  readonly label: string;
}

/** Costs that are the same in every run of the same settings: seconds, and what was read back, are not. */
export function costsWithoutTimes({ label, nfe, judgeCalls, failedVerdicts }: RowCosts) {
  return { label, nfe, judgeCalls, failedVerdicts };
}

/** The cost of an image in each row, as text. Seconds are of this run: what it read back cost it nothing. */
export function costsTable(costs: readonly RowCosts[]): string {
  const head = [
    "an image costs",
    "generator NFEs",
    "read back",
    "judge calls",
    "seconds",
    "failed verdicts in all",
  ];
  const rows = costs.map(({ label, searches, nfe, sampledNfe, judgeCalls, failedVerdicts, seconds }) => [
    label,
    each(nfe, searches),
    `${nfe === 0 ? 0 : Math.round(100 * (1 - sampledNfe / nfe))}%`,
    each(judgeCalls, searches),
    (seconds / Math.max(1, searches)).toFixed(3),
    String(failedVerdicts),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) => row.map((cell, column) => padded(cell, column, widths)).join("  "))
    .join("\n");
}

function each(total: number, searches: number): string {
  const mean = total / Math.max(1, searches);
  return Number.isInteger(mean) ? String(mean) : mean.toFixed(1);
}

function padded(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
