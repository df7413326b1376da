import { join } from "node:path";
import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { isWritable, workspacePaths } from "../../paths.js";
import { commandLine } from "../../records/command-line.js";
import { type Comparison, compareEvaluations } from "../../stages/comparison/compare.js";
import { collectEvaluations, type Evaluation, sharedItems } from "../../stages/comparison/evaluations.js";
import { comparisonTable } from "../../stages/comparison/table.js";
import { BROUGHT } from "../../stages/evaluation/evaluate-pictures.js";
import { overlapNotes, overlapOf } from "../../stages/evaluation/leaks.js";
import { findStage } from "../find-stage.js";
import { writeWhole } from "../run/round-manifest.js";
import { costsTable, costsWithoutTimes, type RowCosts, rowCosts } from "../run/row-costs.js";
import { picturesReport } from "./pictures-report.js";
import { storedEvaluation, storedSettings } from "./stored-evaluations.js";

export interface StoredComparison {
  readonly comparison: Comparison;
  /** Of those whose images were searched for here. */
  readonly costs: readonly RowCosts[];
  readonly table: string;
  /** The comparison as JSON; null in a workspace that can only be read. */
  readonly file: string | null;
  /** Of sources of pictures: a page that shows where they differ. */
  readonly page: string | null;
}

/**
 * Compares evaluations that are in the workspace, on the same prompts and seeds: those named by stage id, or all of a
 * run. Throws ConfigError when fewer than two are named or they do not share their images.
 */
export async function compareStored(
  names: readonly string[],
  options: { readonly workspace: string; readonly resamples?: number | null; readonly now?: () => number },
): Promise<StoredComparison> {
  const { workspace, resamples, now = Date.now } = options;
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const stages = names.flatMap((name) => stagesNamed(store, name));
    if (stages.length < 2) {
      throw new ConfigError(
        `Expected a run with evaluations, or the ids of two evaluation stages, got ${names.join(", ")} with ${stages.length}. ` +
          `First: ${commandLine(["evaluate", "CHECKPOINT"], workspace)}, once for each checkpoint; ${commandLine(["status", "--json"], workspace)} names what is there.`,
      );
    }
    const whole = await collectEvaluations(stages.map((stage) => storedEvaluation(store, stage)));
    const brought = whole.every(({ kind }) => kind === BROUGHT);
    const evaluations = brought ? sharedItems(whole) : whole;
    const comparison = compareEvaluations(evaluations, storedSettings(store, stages, resamples ?? null));
    const costs = rowCosts(store, stages);
    const place = join(store.workspace.reports, "compare", `${names.join("-")}.json`);
    const file = isWritable(store.workspace.root) ? place : null;
    if (file !== null)
      writeWhole(
        file,
        `${JSON.stringify({ ...comparison, costs: costs.map(costsWithoutTimes) }, null, 2)}\n`,
      );
    const notes = [
      ...stages.flatMap((stage) => warningsOf(store, stage)),
      ...(brought ? leftOutNotes(whole, evaluations) : []),
    ];
    const page = brought && file !== null ? file.replace(/json$/, "html") : null;
    if (page !== null)
      writeWhole(page, await picturesReport(store, { evaluations, comparison, notes, created: now() }));
    const parts = [comparisonTable(comparison), ...(costs.length > 0 ? [costsTable(costs)] : []), ...notes];
    return { comparison, costs, table: parts.join("\n\n"), file, page };
  } finally {
    store.close();
  }
}

/** Sources seldom drew the same: what only some of them have is not compared. */
function leftOutNotes(whole: readonly Evaluation[], shared: readonly Evaluation[]): string[] {
  return whole.flatMap(({ name, items }, at) => {
    const left = items.size - (shared[at]?.items.size ?? 0);
    return left === 0
      ? []
      : [`${left} of the ${items.size} pictures of ${name} have no other to be compared with.`];
  });
}

/** What one must know before an evaluation's numbers: what it shares with training. */
function warningsOf(store: Store, id: string): string[] {
  const stage = store.stages.find(id) as StageRow;
  const label = store.evaluations.find(id)?.label ?? id;
  const leaks = (stage.summary?.["leaks"] ?? []) as readonly string[];
  return [...leaks.map((leak) => `${label} leaks. ${leak}.`), ...overlapNotes(label, overlapOf(stage))];
}

/** Evaluation stages of a run in its order, validation left out; else the one stage of that id. */
function stagesNamed(store: Store, name: string): string[] {
  if (store.runs.find(name) === undefined) return [findStage(store, name, "evaluation").id];
  const evaluations = store.stages.list(name).filter((stage) => stage.name.startsWith("evaluation-"));
  return evaluations.filter(({ progress }) => progress === "finished").map(({ id }) => id);
}
