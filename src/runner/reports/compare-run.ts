import { join } from "node:path";
import { verifierSlug } from "../../search/verifiers.js";
import { compareEvaluations } from "../../stages/comparison/compare.js";
import { costsTable, costsWithoutTimes } from "../../stages/comparison/costs.js";
import { collectEvaluations, type EvaluationSource } from "../../stages/comparison/evaluations.js";
import { renderReport } from "../../stages/comparison/report.js";
import { comparisonTable } from "../../stages/comparison/table.js";
import { type Leak, leakNote, overlapNotes, overlapOf } from "../../stages/evaluation/leaks.js";
import type { EvaluatedRow } from "../run/evaluate-row.js";
import { writeWhole } from "../run/round-manifest.js";
import type { RunContext } from "../run/run-context.js";
import type { RoundOutcome, RunResult } from "../run/run-options.js";
import { tuningNote, tuningRecord } from "../run/tune-judge.js";
import { reportData, reportImages } from "./run-report.js";
import { sampleStrips } from "./sample-strips.js";
import { trainingNotes } from "./training-events.js";

/**
 * Compares the rows of a run on the same prompts and seeds and writes summary.json, comparison.txt and report.html to
 * reports/RUN, and the summary to the pipeline's `results` file as well.
 */
export async function compareRun(
  run: RunContext,
  rows: readonly EvaluatedRow[],
  rounds: readonly RoundOutcome[],
  now: () => number,
): Promise<RunResult> {
  const { config, store } = run;
  const evaluations = await collectEvaluations(rows.map((row) => sourceOf(run, row)));
  const settings = { resamples: config.evaluation.resamples, seed: config.seed, level: LEVEL };
  const comparison = compareEvaluations(evaluations, settings, config.evaluation.compare);
  const folder = join(store.workspace.reports, config.name);
  const files = {
    summary: join(folder, "summary.json"),
    report: join(folder, "report.html"),
    table: join(folder, "comparison.txt"),
  };
  const costs = rows.map(({ label, evaluation }) => ({ label, ...store.searches.costs(evaluation.id) }));
  const content = { ...summaryOf(run, comparison, rounds), costs: costs.map(costsWithoutTimes) };
  const summary = `${JSON.stringify(content, null, 2)}\n`;
  const { notes, plainNotes } = notesOf(run, rows, rounds);
  const table = [comparisonTable(comparison), costsTable(costs), ...notes, ...plainNotes].join("\n\n");
  writeWhole(files.summary, summary);
  writeWhole(files.table, `${table}\n`);
  if (comparison.comparisons.length > 0) {
    const samples = await sampleStrips(run, rounds);
    const data = reportData({
      run,
      rows,
      rounds,
      evaluations,
      comparison,
      notes,
      plainNotes,
      costs: costs.filter(({ searches }) => searches > 0),
      samples,
      created: now(),
    });
    writeWhole(files.report, await renderReport(data, reportImages(run)));
  }
  if (config.results !== null) writeWhole(config.results, summary);
  return { run: config.name, comparison, table, rounds, files };
}

/** What a reader must know before the numbers: alarms, and what was tried and came to nothing or simply happened. */
function notesOf(run: RunContext, rows: readonly EvaluatedRow[], rounds: readonly RoundOutcome[]) {
  const fallen = rounds.filter(({ promoted }) => !promoted).map(noteOf);
  const leaked = run.prompts.leaks.filter(({ allowed }) => !allowed).map(leakSentence);
  const overlaps = rows.flatMap(({ label, evaluation }) => overlapNotes(label, overlapOf(evaluation)));
  const tuned = rounds.flatMap(({ round, tuning }) => (tuning ? [tuningNote(round, tuning)] : []));
  const { alarms, changes } = trainingNotes(run, rounds);
  return { notes: [...alarms, ...leaked, ...overlaps], plainNotes: [...fallen, ...tuned, ...changes] };
}

/** Coverage of every interval. */
const LEVEL = 0.95;

function sourceOf({ store }: RunContext, row: EvaluatedRow): EvaluationSource {
  const items = store.evaluations.items(row.evaluation.id);
  return { name: row.label, kind: verifierSlug(row.verifier), items: withIndices(items) };
}

function* withIndices(items: ReturnType<RunContext["store"]["evaluations"]["items"]>) {
  for (const { promptId, tag, sample, correct, candidateId, reason } of items) {
    yield { promptId, tag: tag ?? "", seedIndex: sample, correct, candidateId, reason };
  }
}

function summaryOf(
  { config, models, prompts }: RunContext,
  comparison: RunResult["comparison"],
  rounds: readonly RoundOutcome[],
) {
  return {
    run: config.name,
    seed: config.seed,
    ...comparison,
    rounds: rounds.map(({ round, checkpoint, promoted, validation, tuning }) => {
      const judge = tuning ? { judge: tuningRecord(tuning) } : {};
      return { round, checkpoint: checkpoint.identity, promoted, validation, ...judge };
    }),
    leaks: prompts.leaks,
    validationImages: prompts.validation.length,
    models: {
      base: models.base.identity,
      tokenizer: models.tokenizer.identity,
      judge: models.judgeIdentity,
    },
  };
}

function leakSentence(leak: Leak): string {
  return `The evaluation leaks. ${leakNote(leak)}.`;
}

function noteOf({ round, validation }: RoundOutcome): string {
  return (
    `Round ${round} scored ${validation?.toFixed(3)} on the validation prompts, below the checkpoint it started from: ` +
    "it is kept and shown, but later rounds did not build on it."
  );
}
