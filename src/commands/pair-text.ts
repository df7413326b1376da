import type { StageRow } from "../adapters/store/index.js";
import { saidOf } from "../records/no-pair.js";
import { alignColumns } from "../stages/pages/align-columns.js";
import type { YieldReport } from "../stages/pairs/yield-report.js";

/** What a pairs stage keeps as its summary, as far as it is shown. */
interface Yield extends YieldReport {
  readonly nearDuplicates: { readonly pairs: number; readonly images: number };
  readonly pairSet: string;
}

/** What mining gave and what it left, as tables. */
export function yieldText({ id, name, summary }: StageRow): string {
  const found = summary as unknown as Yield;
  const why = saidOf(found.dropped);
  return [
    `${name} ${id}: ${found.pairs} pairs of ${found.candidates} candidates`,
    byTask(found),
    ...(found.pairs > 0 ? [byMargin(found)] : []),
    leftOut(found),
    ...(why === "" ? [] : [`Prompts without a pair, ${why}`]),
    `pair set ${found.pairSet}`,
  ].join("\n\n");
}

function byTask({ tasks, prompts, promptsUsed, pairs }: Yield): string {
  const share = (used: number, all: number) => (all === 0 ? "-" : `${Math.round((100 * used) / all)}%`);
  const row = (label: string, one: Yield["tasks"][string]) => [
    label,
    String(one.prompts),
    String(one.promptsUsed),
    share(one.promptsUsed, one.prompts),
    String(one.pairs),
  ];
  const rows = Object.entries(tasks).map(([task, one]) => row(task === "" ? "untagged" : task, one));
  const all = row("all", { prompts, promptsUsed, pairs });
  return alignColumns(["task", "prompts", "used", "share", "pairs"], [...rows, all], ["left"]);
}

function byMargin({ marginHistogram, meanMargin }: Yield): string {
  const most = Math.max(...marginHistogram);
  const rows = marginHistogram.map((count, bin) => [
    `from ${(bin / 10).toFixed(1)}`,
    String(count),
    "#".repeat(most === 0 ? 0 : Math.ceil((20 * count) / most)),
  ]);
  return `${alignColumns(["margin", "pairs", ""], rows, ["left", "right", "left"])}\nmean ${meanMargin?.toFixed(3) ?? "unknown"}`;
}

/** Counts that are zero say nothing. */
function leftOut(found: Yield): string {
  const counts: readonly (readonly [number, string])[] = [
    [found.earlierPairs, "pairs drawn from earlier sets"],
    [found.cutToBalance, "pairs left out to balance the tasks"],
    [found.undecided, "candidates scored between the thresholds"],
    [found.failedVerdicts, "candidates without a score"],
    [found.duplicateImages, "candidates that are copies of another of their prompt"],
    [found.nearDuplicates.pairs, "pairs whose images look alike"],
  ];
  const said = counts.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
  const { judgeUncertainty: bits } = found;
  const sure = bits === null ? [] : [`judge unsure by ${bits.toFixed(3)} bits of 1`];
  return [...said, ...sure].join("\n");
}
