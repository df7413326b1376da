import { html, type Markup } from "../pages/html.js";
import type { EvaluationItem } from "./evaluations.js";
import { checkImage } from "./image-source.js";
import type { Change, Changes } from "./regressions.js";
import type { ImageSource, ReportData } from "./report-data.js";
import { taskLabel } from "./score-charts.js";

/** The same prompts and seeds side by side: what turned wrong, then what turned right. */
export async function changesSection(
  data: ReportData,
  changes: Changes,
  image: ImageSource,
): Promise<Markup> {
  const articles = await Promise.all(changes.shown.map((change) => article(data, change, image)));
  const split = changes.shown.filter((change) => change.kind === "regression").length;
  return html`<section aria-labelledby="changes">
<h2 id="changes">From ${data.focus.from} to ${data.focus.to}, image by image</h2>
${group("Turned wrong", articles.slice(0, split), changes.regressions)}
${group("Turned right", articles.slice(split), changes.improvements)}
</section>`;
}

/** Lists every image of every evaluation, right or wrong. */
const ALL = 'espalier sql "SELECT * FROM evaluation_items" --limit 100000';

function group(title: string, articles: readonly Markup[], total: number): Markup {
  const shown =
    articles.length < total
      ? `${articles.length} of ${total} shown, tasks taking turns; all: ${ALL}`
      : `${total}`;
  return html`<h3>${title} <span class="aside">${shown}</span></h3>
<div class="changes">${articles}</div>`;
}

async function article(data: ReportData, change: Change, image: ImageSource): Promise<Markup> {
  const cells = await Promise.all(
    change.items.map((item, index) => cell(data.evaluations[index]?.name ?? "", item, image)),
  );
  const wrong = change.kind === "regression" ? data.focus.to : data.focus.from;
  const reason = change.items.find((_, index) => data.evaluations[index]?.name === wrong)?.reason;
  return html`<article>
<h4>${data.prompts.get(change.promptId) ?? `prompt ${change.promptId}`}</h4>
<p class="aside">${taskLabel(change.tag)}, image ${change.seedIndex + 1}</p>
<div class="images" style="--columns:${cells.length}">${cells}</div>
${reason ? html`<p class="reason">${wrong}: ${reason}</p>` : undefined}
</article>
`;
}

async function cell(name: string, item: EvaluationItem, image: ImageSource): Promise<Markup> {
  const source = await image(item.candidateId);
  checkImage(source, item.candidateId);
  const verdict = item.correct ? "right" : "wrong";
  return html`<figure class="${verdict}">
<img src="${source}" alt="Image by ${name}, judged ${verdict}" loading="lazy">
<figcaption><span class="mark" aria-hidden="true">${item.correct ? "✓" : "✗"}</span> ${name}</figcaption>
</figure>`;
}
