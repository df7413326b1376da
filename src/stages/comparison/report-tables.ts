import { seriesColor } from "../pages/chart-svg.js";
import { type Content, html, type Markup } from "../pages/html.js";
import type { ComparisonPair, ComparisonRow, Interval } from "./compare.js";
import { taskLabel } from "./score-charts.js";
import { interval, pValue, score, signed } from "./table.js";
import type { ColorOf } from "./training-charts.js";

/** Which colour is which row. */
export function legend(names: readonly string[], colorOf?: ColorOf): Markup {
  const items = names.map((name, index) => {
    const color = colorOf ? colorOf(name) : seriesColor(index);
    return html`<li><span class="swatch" style="background:${color}"></span>${name}</li>`;
  });
  return html`<ul class="legend" aria-label="Colours of the charts">${items}</ul>`;
}

/** Every number behind the score charts. */
export function scoresTable(rows: readonly ComparisonRow[]): Markup {
  const tags = [...new Set(rows.flatMap((row) => Object.keys(row.tasks)))];
  const best = Math.max(...rows.map((row) => row.overall));
  return table(
    "Scores",
    ["", "Overall", ...tags.map(taskLabel), "Images"],
    [
      ...rows.map((row) => [
        html`<th scope="row">${row.name}</th>`,
        html`<td class="${row.overall === best ? "best" : ""}">${score(row.overall)}<small>${range(row.ci)}</small></td>`,
        ...tags.map((tag) => {
          const ends = row.taskIntervals[tag];
          return html`<td>${score(row.tasks[tag])}<small>${ends ? range(ends) : ""}</small></td>`;
        }),
        html`<td>${row.images}</td>`,
      ]),
    ],
  );
}

export function differencesTable(comparisons: readonly ComparisonPair[]): Markup {
  const tags = [...new Set(comparisons.flatMap((one) => Object.keys(one.tasks)))];
  const head = ["From, to", "Difference", "p", "Turned right / wrong", ...tags.map(taskLabel)];
  return table("Differences", head, [
    ...comparisons.map((one) => [
      html`<th scope="row"><span class="from">${one.from} to</span><br>${one.to}</th>`,
      html`<td class="${tone(one.delta, one.p < 0.05)}">${signed(one.delta)}<small>${interval(one.ci, signed)}</small></td>`,
      html`<td>${pValue(one.p)}</td>`,
      html`<td>${one.wins} / ${one.losses}</td>`,
      ...tags.map((tag) => {
        const [low, high] = one.taskIntervals[tag] ?? [0, 0];
        const delta = one.tasks[tag] ?? 0;
        return html`<td class="${tone(delta, low > 0 || high < 0)}">${signed(delta)}</td>`;
      }),
    ]),
  ]);
}

/** A table that scrolls sideways by itself where the screen is narrow. */
export function table(label: string, head: readonly string[], rows: readonly Content[][]): Markup {
  const heads = head.map((cell) => html`<th scope="col">${cell}</th>`);
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${heads}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row}</tr>\n`)}</tbody>
</table></div>`;
}

/** 0.480–0.545: scores have no sign that a dash could be taken for. */
function range([low, high]: Interval): string {
  return `${score(low)}–${score(high)}`;
}

function tone(delta: number, certain: boolean): string {
  if (!certain) return "";
  return delta > 0 ? "gain" : "loss";
}
