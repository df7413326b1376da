import { alignColumns } from "../pages/align-columns.js";
import type { Comparison, ComparisonPair, ComparisonRow, Interval } from "./compare.js";

/** The comparison for a terminal: scores of each evaluation, then each difference. Lines without a trailing newline. */
export function comparisonTable(comparison: Comparison): string {
  const parts = [scoreTable(comparison.rows)];
  if (comparison.comparisons.length > 0) parts.push(differenceTable(comparison.comparisons));
  const level = Math.round(comparison.statistics.level * 100);
  parts.push(
    `Intervals: ${level}%, bootstrap clustered by prompt (${comparison.statistics.resamples} resamples). ` +
      "p: paired sign-flip test over prompts.",
  );
  return parts.join("\n\n");
}

function scoreTable(rows: readonly ComparisonRow[]): string {
  const tags = [...new Set(rows.flatMap((row) => Object.keys(row.tasks)))];
  return alignColumns(
    ["", "overall", "interval", ...tags.map((tag) => tag.replaceAll("_", "\n")), "images"],
    rows.map((row) => [
      row.name,
      score(row.overall),
      interval(row.ci, score),
      ...tags.map((tag) => score(row.tasks[tag])),
      String(row.images),
    ]),
    ["left"],
  );
}

function differenceTable(comparisons: readonly ComparisonPair[]): string {
  return alignColumns(
    ["from", "to", "difference", "interval", "p", "turned\nright", "turned\nwrong"],
    comparisons.map((one) => [
      one.from,
      one.to,
      signed(one.delta),
      interval(one.ci, signed),
      pValue(one.p),
      String(one.wins),
      String(one.losses),
    ]),
    ["left", "left"],
  );
}

/** 0.512; a task that was not evaluated is "-". */
export function score(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(3);
}

/** +0.031. */
export function signed(value: number): string {
  const digits = value.toFixed(3);
  if (Number(digits) === 0) return "0.000";
  return value > 0 ? `+${digits}` : digits;
}

export function interval([low, high]: Interval, format: (value: number) => string): string {
  return `${format(low)} to ${format(high)}`;
}

/** 0.0421, or "< 0.001" where more digits would say nothing. */
export function pValue(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}
