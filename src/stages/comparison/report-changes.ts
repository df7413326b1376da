import { html, type Markup } from "../pages/html.js";
import type { EvaluationItem } from "./evaluations.js";
import { checkImage } from "./image-source.js";
import type { Change, Changes } from "./regressions.js";
import type { ImageFacts, ImageSource, ReportData } from "./report-data.js";
import { taskLabel } from "./score-charts.js";

/** Every prompt and seed about which the two disagree, side by side: what turned wrong, then what turned right; filtered by the page's script. */
export async function changesSection(
  data: ReportData,
  { regressions, improvements }: Changes,
  image: ImageSource,
): Promise<Markup> {
  const budget = new Budget(data.imageBytes, image);
  const wrong: Markup[] = [];
  const right: Markup[] = [];
  for (const one of regressions) wrong.push(await article(data, one, budget));
  for (const one of improvements) right.push(await article(data, one, budget));
  const tasks = [...new Set([...regressions, ...improvements].map(({ tag }) => tag))];
  return html`<section aria-labelledby="changes">
<h2 id="changes">From ${data.focus.from} to ${data.focus.to}, image by image</h2>
${filters(tasks)}
${group("Turned wrong", wrong)}
${group("Turned right", right)}
${budget.leftOut > 0 ? html`<p class="null">${budget.leftOut} of these are listed without their images, to keep the page small enough to be sent: espalier show ID draws one.</p>` : undefined}
</section>`;
}

/** Shown by the script alone: without it they would do nothing. */
function filters(tasks: readonly string[]): Markup {
  const options = tasks.map((tag) => html`<option value="${tag}">${taskLabel(tag) || "untagged"}</option>`);
  return html`<form class="filters" hidden>
<label>Show <select name="kind"><option value="">both</option><option value="regression">turned wrong</option><option value="improvement">turned right</option></select></label>
<label>Task <select name="task"><option value="*">all</option>${options}</select></label>
<label>Words <input type="search" name="words" placeholder="prompt, reason or id"></label>
<output role="status"></output>
</form>`;
}

function group(title: string, articles: readonly Markup[]): Markup {
  return html`<h3>${title} <span class="aside">${articles.length}</span></h3>
<div class="changes">${articles}</div>`;
}

async function article(data: ReportData, change: Change, budget: Budget): Promise<Markup> {
  const { promptId, tag, seedIndex, kind } = change;
  const names = change.items.map((_, index) => data.evaluations[index]?.name ?? "");
  const images = await budget.take(change.items.map(({ candidateId }) => candidateId));
  const cells = change.items.map((item, index) =>
    cell(names[index] as string, item, { source: images[index], facts: data.facts(item.candidateId) }),
  );
  const wrong = kind === "regression" ? data.focus.to : data.focus.from;
  const reason = change.items.find((_, index) => names[index] === wrong)?.reason;
  return html`<article class="change" data-kind="${kind}" data-task="${tag}">
<h4>${data.prompts.get(promptId) ?? `prompt ${promptId}`}</h4>
<p class="aside">${taskLabel(tag)}, image ${seedIndex + 1}, prompt <code>${promptId}</code></p>
<div class="images" style="--columns:${cells.length}">${cells}</div>
${reason ? html`<p class="reason">${wrong}: ${reason}</p>` : undefined}
</article>
`;
}

function cell(
  name: string,
  item: EvaluationItem,
  { source, facts }: { readonly source: string | undefined; readonly facts: ImageFacts },
): Markup {
  const verdict = item.correct ? "right" : "wrong";
  const picture =
    source === undefined
      ? html`<p class="aside">no image here</p>`
      : html`<button type="button" class="open" aria-label="Open the image by ${name}, judged ${verdict}"><img src="${source}" alt="Image by ${name}, judged ${verdict}" loading="lazy"></button>`;
  return html`<figure class="${verdict}">
${picture}
<figcaption><span class="mark" aria-hidden="true">${item.correct ? "✓" : "✗"}</span> ${name}</figcaption>
${factList(item, verdict, facts)}
</figure>`;
}

/** What the viewer shows beside an image. */
function factList(item: EvaluationItem, verdict: string, { seed, checkpoint, verdicts }: ImageFacts): Markup {
  const score = item.score === undefined ? "" : `, ${item.score.toFixed(3)}`;
  const rows: readonly (readonly [string, string])[] = [
    ["judged", `${verdict}${score}`],
    ...(item.reason ? [["because", item.reason] as const] : []),
    ["candidate", item.candidateId],
    ["drawn by", checkpoint],
    ...(seed === null ? [] : [["seed", String(seed)] as const]),
    ...verdicts.map(
      ({ judge, question, step, said, reason }) =>
        [
          `${question} at step ${step}`,
          `${said} (${judge})${reason === undefined ? "" : `: ${reason}`}`,
        ] as const,
    ),
  ];
  return html`<dl class="facts" hidden>${rows.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Images as long as the page has room for them; a change has all of its images or none. */
class Budget {
  leftOut = 0;
  #left: number;
  readonly #image: ImageSource;

  constructor(bytes: number, image: ImageSource) {
    this.#left = bytes;
    this.#image = image;
  }

  async take(candidates: readonly string[]): Promise<readonly (string | undefined)[]> {
    if (this.#left <= 0) {
      this.leftOut += 1;
      return candidates.map(() => undefined);
    }
    const sources: string[] = [];
    for (const id of candidates) {
      const source = await this.#image(id);
      checkImage(source, id);
      this.#left -= source.length;
      sources.push(source);
    }
    return sources;
  }
}
