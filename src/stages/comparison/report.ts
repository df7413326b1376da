import { ConfigError } from "../../errors.js";
import { chartFigure, seriesColor } from "../pages/chart-svg.js";
import { html, type Markup } from "../pages/html.js";
import { htmlPage } from "../pages/html-page.js";
import { STYLE_SHEET } from "../pages/style-sheet.js";
import { viewer } from "../pages/viewer.js";
import type { ComparisonPair } from "./compare.js";
import { findChanges } from "./regressions.js";
import { changesSection } from "./report-changes.js";
import type { ImageSource, ReportData } from "./report-data.js";
import { judgesSection } from "./report-judges.js";
import { lineageSection } from "./report-lineage.js";
import { costsSection, madeSection, sameEyeText } from "./report-made.js";
import { samplesSection } from "./report-samples.js";
import { differencesTable, legend, scoresTable } from "./report-tables.js";
import { rewardCharts } from "./reward-charts.js";
import { overallChart, taskChart } from "./score-charts.js";
import { interval, pValue, score, signed } from "./table.js";
import { type ColorOf, marginCharts, taskCharts, trainingCharts } from "./training-charts.js";

/**
 * The comparison as one HTML file without network, in light and dark; its one script opens images and filters. Throws a ConfigError when `focus` names
 * no compared pair, or an image is no data URI of a PNG or JPEG.
 */
export async function renderReport(data: ReportData, image: ImageSource): Promise<string> {
  const focus = focusPair(data);
  const colorOf = colorsByName(data);
  const sections = [
    await scoresSection(data),
    costsSection(data.costs),
    await changes(data, image),
    await trainingSection(data, colorOf),
    samplesSection(data.samples),
    judgesSection(data.judges),
    data.lineage.length > 0 ? lineageSection(data.lineage) : undefined,
    madeSection(data.made),
    methodSection(data),
  ];
  const { element, script } = viewer();
  const body = [header(data, focus), html`<main>${sections}</main>`, element];
  return htmlPage(data.title, STYLE_SHEET, body, script);
}

function header(data: ReportData, focus: ComparisonPair): Markup {
  const first = data.comparison.rows[0];
  const date = data.created.slice(0, 16).replace("T", " ");
  const facts = [`${date} UTC`, `${first?.prompts} prompts`, `${first?.images} images a row`];
  const to = data.comparison.rows.find((row) => row.name === focus.to);
  return html`<header>
<p class="overline">Espalier comparison</p>
<h1>${data.title}</h1>
<p class="facts">${facts.join(" · ")}</p>
<p class="headline"><strong>${focus.to}</strong> scores <strong>${score(to?.overall)}</strong>,
<strong class="${verdictClass(focus)}">${signed(focus.delta)}</strong> against ${focus.from}
<span class="aside">interval ${interval(focus.ci, signed)}, p ${pValue(focus.p)}: ${verdict(focus)}</span></p>
${data.notes.map((note) => html`<p class="note" role="note">${note}</p>`)}
${[...nullResult(focus), ...data.plainNotes].map((note) => html`<p class="null">${note}</p>`)}
${data.made.sameEye === undefined ? undefined : html`<p class="null">${sameEyeText(data.made.sameEye)}</p>`}
</header>`;
}

/** That nothing was found is no alarm; how much could have been missed is said with it. */
function nullResult(focus: ComparisonPair): string[] {
  if (verdict(focus) !== "no difference shown") return [];
  const half = (focus.ci[1] - focus.ci[0]) / 2;
  return [
    `No difference between ${focus.from} and ${focus.to} is shown (p ${pValue(focus.p)}). With so many images, one of less than about ` +
      `${score(half)} would mostly go unseen.`,
  ];
}

async function scoresSection({ comparison }: ReportData): Promise<Markup> {
  const { rows, comparisons } = comparison;
  return html`<section aria-labelledby="scores">
<h2 id="scores">Scores</h2>
<div class="pair">
${await chartFigure({ title: "Overall, with intervals", chart: overallChart(rows) })}
${await chartFigure({ title: "By task", chart: taskChart(rows) })}
</div>
${legend(rows.map((row) => row.name))}
${scoresTable(rows)}
${comparisons.length > 0 ? [html`<h3>Differences on the same prompts and seeds</h3>`, differencesTable(comparisons)] : undefined}
</section>`;
}

async function changes(data: ReportData, image: ImageSource): Promise<Markup> {
  const from = data.evaluations.find((one) => one.name === data.focus.from);
  const to = data.evaluations.find((one) => one.name === data.focus.to);
  if (!from || !to) throw unknownFocus(data);
  return changesSection(data, findChanges(data.evaluations, from, to), image);
}

async function trainingSection(data: ReportData, colorOf: ColorOf): Promise<Markup | undefined> {
  if (data.training.length === 0 && data.margins.length === 0) return undefined;
  const panels = await Promise.all(trainingCharts(data.training, colorOf).map(chartFigure));
  const tasks = await Promise.all(taskCharts(data.training, colorOf).map(chartFigure));
  const rewards = await Promise.all(rewardCharts(data.training, colorOf).map(chartFigure));
  const histograms = await Promise.all(marginCharts(data.margins, colorOf).map(chartFigure));
  return html`<section aria-labelledby="training">
<h2 id="training">Training</h2>
${legend(
  data.training.map((curve) => curve.name),
  colorOf,
)}
<div class="panels">${panels}</div>
${tasks.length > 0 ? [html`<h3>Task by task</h3>`, html`<div class="panels">${tasks}</div>`] : undefined}
${rewards.length > 0 ? [html`<h3>Implicit rewards of held-out pairs <span class="aside">chosen filled, rejected dashed</span></h3>`, html`<div class="panels">${rewards}</div>`] : undefined}
${histograms.length > 0 ? [html`<h3>Margins of the pairs</h3>`, html`<div class="panels">${histograms}</div>`] : undefined}
</section>`;
}

const BY_RULES =
  "Images are judged by GenEval's rules. A task's score is the share of its images that are right.";
const JUDGED =
  "Pictures are scored by a judge, from 0 to 1. A task's score is the mean of what it says; a picture is right from 0.5.";

function methodSection({ comparison, isJudged = false }: ReportData): Markup {
  const { resamples, level, seed } = comparison.statistics;
  const count = resamples.toLocaleString("en");
  return html`<section aria-labelledby="method" class="method">
<h2 id="method">How to read this</h2>
<p>${isJudged ? JUDGED : BY_RULES} The overall score is the
unweighted mean of the tasks. Intervals hold ${Math.round(level * 100)}% of ${count} bootstrap resamples (seed ${seed}),
drawn prompt by prompt within each task, because images of one prompt resemble each other. A difference compares the same
prompts and seeds; its p-value comes from ${count} random sign flips of the prompts' differences, two-sided.</p>
${manyComparisons(comparison)}
</section>`;
}

/** Bonferroni (Dunn, 1961): with many looks, some differences show by chance alone. */
function manyComparisons({ comparisons }: ReportData["comparison"]): Markup | undefined {
  const { length } = comparisons;
  if (length === 0) return undefined;
  const byTask = comparisons.reduce((sum, { tasks }) => sum + Object.keys(tasks).length, 0);
  const chance = (0.05 * length).toFixed(2);
  return html`<p>This page makes ${length} ${length === 1 ? "comparison" : "comparisons"} with a p-value, and ${byTask} more task by task. Where nothing
differs at all, about ${chance} of the first and ${(0.05 * byTask).toFixed(1)} of the others look like a difference by chance alone. To be safe against that,
multiply a p-value by ${length} before it is held against 0.05, and take the colours of the tasks as a hint of where to look.</p>`;
}

function verdict(pair: ComparisonPair): string {
  if (pair.p >= 0.05) return "no difference shown";
  return pair.delta > 0 ? "a gain" : "a loss";
}

function verdictClass(pair: ComparisonPair): string {
  return { "a gain": "gain", "a loss": "loss" }[verdict(pair)] ?? "";
}

function focusPair(data: ReportData): ComparisonPair {
  const { from, to } = data.focus;
  const pair = data.comparison.comparisons.find((one) => one.from === from && one.to === to);
  if (!pair) throw unknownFocus(data);
  return pair;
}

function unknownFocus({ comparison, focus }: ReportData): ConfigError {
  const known = comparison.comparisons.map((one) => `"${one.from}" to "${one.to}"`).join(", ");
  return new ConfigError(
    `Expected the report's focus to be one of the compared pairs (${known}), got "${focus.from}" to "${focus.to}"`,
  );
}

/** A row's colour everywhere; trainings without a row take the colours after them. */
function colorsByName(data: ReportData): ColorOf {
  const rows = data.comparison.rows.map((row) => row.name);
  const others = [...data.training, ...data.margins].map((one) => one.name);
  const names = [...new Set([...rows, ...others])];
  return (name) => seriesColor(names.indexOf(name));
}
