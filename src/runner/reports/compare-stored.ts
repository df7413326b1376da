import { join } from "node:path";
import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import { ConfigError, EspalierError } from "../../errors.js";
import { isWritable, workspacePaths } from "../../paths.js";
import { commandLine, DEFAULT_WORKSPACE } from "../../records/command-line.js";
import { type Comparison, compareEvaluations } from "../../stages/comparison/compare.js";
import { costsTable, costsWithoutTimes, type RowCosts, rowCosts } from "../../stages/comparison/costs.js";
import { collectEvaluations, type Evaluation, sharedItems } from "../../stages/comparison/evaluations.js";
import { comparisonTable } from "../../stages/comparison/table.js";
import { BROUGHT } from "../../stages/evaluation/evaluate-pictures.js";
import { overlapNotes, overlapOf } from "../../stages/evaluation/leaks.js";
import { findStage } from "../find-stage.js";
import { modelsOf } from "../models/with-family.js";
import { writeWhole } from "../run/round-manifest.js";
import { storedEvaluation, storedSettings } from "./stored-evaluations.js";
import { type DrawingOptions, storedReport } from "./stored-report.js";

export interface StoredComparison {
  readonly comparison: Comparison;
  /** Of those whose images were searched for here. */
  readonly costs: readonly RowCosts[];
  readonly table: string;
  /** The comparison as JSON; null in a workspace that can only be read. */
  readonly file: string | null;
  /** A page that shows where they differ; null where none was made. */
  readonly page: string | null;
}

export interface CompareOptions extends DrawingOptions {
  readonly resamples?: number | null;
  /** Whether a page is made also where a process of its own must draw the images; without it, of bundled models and pictures alone. */
  readonly page?: boolean;
  readonly now?: () => number;
}

/**
 * Compares evaluations that are in the workspace, on the same prompts and seeds: those named by stage id, or all of a
 * run. Throws ConfigError when fewer than two are named or they do not share their images.
 */
export async function compareStored(
  names: readonly string[],
  options: CompareOptions,
): Promise<StoredComparison> {
  const { workspace, resamples } = options;
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const stages = names.flatMap((name) => stagesNamed(store, name));
    if (stages.length < 2) {
      throw new ConfigError(
        `Expected a run with evaluations, or the ids of two evaluation stages, got ${names.join(", ")} with ${stages.length}. ` +
          `First: ${commandLine(["evaluate", "CHECKPOINT"], workspace)}, once for each checkpoint; ${commandLine(["status"], workspace)} names what is there.`,
      );
    }
    const whole = await collectEvaluations(stages.map((stage) => storedEvaluation(store, stage)));
    const brought = whole.every(({ kind }) => kind === BROUGHT);
    const evaluations = brought ? sharedItems(whole) : whole;
    const comparison = compareEvaluations(evaluations, storedSettings(store, stages, resamples ?? null));
    const costs = rowCosts(store, stages);
    const place = join(store.workspace.reports, "compare", `${names.join("-")}.json`);
    const file = isWritable(store.workspace.root) ? place : null;
    const content = { ...comparison, costs: costs.map(costsWithoutTimes) };
    if (file !== null) writeWhole(file, `${JSON.stringify(content, null, 2)}\n`);
    const warnings = stages.flatMap((stage) => warningsOf(store, stage));
    const notes = [...warnings, ...(brought ? leftOutNotes(whole, evaluations) : [])];
    // Without the workspace's place: the page is passed on.
    const command = commandLine(["compare", ...names], DEFAULT_WORKSPACE);
    const parts = { stages, evaluations, comparison, costs, notes, isJudged: brought, command };
    const { page, why } = await writePage(store, parts, file, options);
    const tables = [comparisonTable(comparison), ...(costs.length > 0 ? [costsTable(costs)] : []), ...notes];
    return { comparison, costs, table: [...tables, ...why].join("\n\n"), file, page };
  } finally {
    store.close();
  }
}

/** The page beside the data. Where its images cannot be drawn, there is none, and why is said: the numbers stand without it. */
async function writePage(
  store: Store,
  parts: Omit<Parameters<typeof storedReport>[1], "created">,
  file: string | null,
  { page: isAsked = false, now = Date.now, ...options }: CompareOptions,
): Promise<{ readonly page: string | null; readonly why: readonly string[] }> {
  if (file === null) return { page: null, why: [] };
  const isLight = parts.isJudged || modelsOf(store).family.startsWith("bundled");
  if (!isLight && !isAsked && options.family === undefined) {
    return {
      page: null,
      why: ["Give --page for a page with the images: it opens the models that draw them."],
    };
  }
  const page = file.replace(/json$/, "html");
  try {
    writeWhole(page, await storedReport(store, { ...parts, created: now() }, options));
    return { page, why: [] };
  } catch (error) {
    if (!(error instanceof EspalierError) || isAsked) throw error;
    return { page: null, why: [`No page could be made: ${error.message}`] };
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
