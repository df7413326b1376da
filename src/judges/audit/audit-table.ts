import { alignColumns } from "../../stages/pages/align-columns.js";
import type { AuditReport } from "./audit-report.js";
import type { RatingReport } from "./rated-images.js";

type Row = readonly [name: string, value: string];

/** An audit for a terminal. */
export function auditTable(report: AuditReport): string {
  const { agreement, position, ties, style } = report;
  const rows: Row[] = [
    ["pairs", `${report.pairs}, ${report.failed} of them failed`],
    ...Object.entries(report.reasons).map(([reason, count]): Row => ["  failed", `${count}: ${reason}`]),
    ["agrees with people", interval(agreement)],
    ["kappa", number(report.kappa)],
    ["calibration error", number(report.calibrationError)],
    [
      "ties",
      `people ${ties.people}, judge ${ties.judge}; of people's the judge shares ${number(ties.shared)}`,
    ],
    ["prefers the first shown", position ? interval(position.first) : "scores pictures alone"],
    ...(position ? [["the order decides", interval(position.dependsOnOrder)] as const] : []),
    ...Object.entries(style).map(
      ([name, { judge, people }]): Row => [
        `prefers more ${name}`,
        `judge ${number(judge)}, people ${number(people)}`,
      ],
    ),
    ["scores longer prompts higher", number(report.promptLength)],
  ];
  return alignColumns(["", ""], rows, ["left", "left"]);
}

export function ratingTable({ column, pictures, failed, correlation }: RatingReport): string {
  return alignColumns(
    ["", ""],
    [
      ["pictures", `${pictures}, ${failed} of them failed`],
      [`rank correlation with ${column}`, interval(correlation)],
    ],
    ["left", "left"],
  );
}

function interval(
  estimate: { readonly value: number; readonly low: number; readonly high: number } | null,
): string {
  if (estimate === null) return "-";
  const { value, low, high } = estimate;
  return `${number(value)} (95%: ${number(low)} to ${number(high)})`;
}

function number(value: number | null): string {
  return value === null ? "-" : value.toFixed(3);
}
