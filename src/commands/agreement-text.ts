import type { ReviewOutcome } from "../runner/reviews/review-pairs.js";
import type { Report } from "./command.js";

/** How far people agree, and what can be done with it. */
export function agreementReport(outcome: ReviewOutcome): Report {
  const { stage, reviewed } = outcome;
  return { data: outcome, text: agreementText(outcome), next: [[reviewed > 0 ? "decide" : "review", stage]] };
}

function agreementText(outcome: ReviewOutcome): string {
  const { stage, pairs, reviewed, reviewers, between, everyone, chosenPreferred } = outcome;
  const people = reviewers.map((one) => [
    one.name,
    `${one.answers} answers`,
    `${one.ties} ties`,
    `${one.bothBad} both bad`,
    `${one.skipped} skipped`,
    `left side ${percent(one.leftShare)}`,
    `same as the judge ${percent(one.judge.observed)}, kappa ${kappa(one.judge.kappa)}`,
  ]);
  const pairings = between.map((two) => [
    `${two.one} and ${two.other}`,
    `${two.items} pairs`,
    `same ${percent(two.observed)}, kappa ${kappa(two.kappa)}`,
  ]);
  return [
    `pairs ${stage}: ${reviewed} of ${pairs} judged by people`,
    ...aligned(people),
    ...aligned(pairings),
    ...(between.length > 0
      ? [`  everyone: Krippendorff's alpha ${kappa(everyone.alpha)} on ${everyone.items} pairs`]
      : []),
    ...(chosenPreferred.items > 0
      ? [
          `  the judge's choice was preferred in ${percent(chosenPreferred.share)} of ${chosenPreferred.items} answers`,
        ]
      : []),
  ].join("\n");
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}`,
  );
}

function percent(share: number | null): string {
  return share === null ? "-" : `${Math.round(share * 100)}%`;
}

function kappa(value: number | null): string {
  return value === null ? "-" : value.toFixed(2);
}
