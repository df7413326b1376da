import { chartFigure } from "../pages/chart-svg.js";
import { type Content, html, type Markup } from "../pages/html.js";
import { htmlPage } from "../pages/html-page.js";
import { STYLE_SHEET } from "../pages/style-sheet.js";
import { type AnswerQuality, askedQuestions, type JudgeQuality } from "./quality.js";
import { qualityCharts } from "./quality-charts.js";
import { cellsOf, FALSEHOOD_HEAD, FIRST_CLEAR, falsehoodRows, HEAD, NOTE } from "./quality-table.js";

export interface ReportFacts {
  /** The judge's name. */
  readonly judge: string;
  readonly images: number;
}

/** A judge's quality as one HTML file without scripts or network, in light and dark. */
export async function qualityPage(quality: JudgeQuality, { judge, images }: ReportFacts): Promise<string> {
  const [curve, ...reliability] = await Promise.all(qualityCharts(quality).map(chartFigure));
  const asked = askedQuestions(quality);
  const questions = [
    ...asked.map(([question, one]) => row([question], one)),
    row([FIRST_CLEAR], quality.firstClear),
  ];
  const steps = asked.flatMap(([question, { steps: own }]) =>
    own.map((one) => row([question, one.step], one)),
  );
  const tasks = asked.flatMap(([question, { tasks: own }]) =>
    Object.entries(own).map(([tag, one]) => row([question, tag.replaceAll("_", " ")], one)),
  );
  const falsehoods = falsehoodRows(quality).map(cellsRow);
  const body = html`<header><p class="overline">Espalier judge report</p><h1>${judge}</h1>
<p class="facts">${images} labelled images</p></header>
<main>
${section("questions", "Questions", [table(["question"], questions), html`<p class="aside">${NOTE}</p>`])}
${section("steps", "Steps", [curve, table(["question", "step"], steps)])}
${section("calibration", "Calibration", html`<div class="panels">${reliability}</div>`)}
${section("tasks", "Tasks", table(["question", "task"], tasks))}
${falsehoods.length === 0 ? [] : section("falsehoods", "False captions", table([], falsehoods, FALSEHOOD_HEAD))}
</main>`;
  return htmlPage(`${judge}: quality`, STYLE_SHEET, body);
}

function section(id: string, title: string, content: Content): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}

function table(keys: readonly string[], rows: readonly Markup[], head: readonly string[] = HEAD): Markup {
  const heads = [...keys, ...head].map((name) => html`<th scope="col">${name}</th>`);
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function row(keys: readonly Content[], quality: AnswerQuality): Markup {
  return cellsRow([...keys, ...cellsOf(quality)]);
}

function cellsRow([first, ...cells]: readonly Content[]): Markup {
  return html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`;
}
