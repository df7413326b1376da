import type { VerdictRow } from "../../adapters/store/index.js";
import type { ImageHandle } from "../../records/image.js";
import { firstOf } from "../../records/some-of.js";
import { sayVerdict } from "../../search/best-verdict.js";
import { type Content, html, type Markup } from "../pages/html.js";
import { htmlPage } from "../pages/html-page.js";
import type { TracedPath, TracedSearch } from "./trace.js";
import { TRACE_STYLE } from "./trace-style.js";

export interface TraceFacts {
  /** How people read the verifier: "PARM (N = 20)". */
  readonly verifier: string;
  /** Searches of the stage; those after the traced ones are left out. */
  readonly searches: number;
  /** The command that lists all of them. */
  readonly whole: string;
}

/** A PNG data URI of an image. */
export type Thumbnail = (image: ImageHandle) => Promise<string>;

/**
 * What happened in some searches, as one HTML file without scripts or network, in light and dark: a tree of paths, step by
 * step, with what the judge said and where paths were cut.
 */
export async function tracePage(
  traced: readonly TracedSearch[],
  { verifier, searches, whole }: TraceFacts,
  thumbnail: Thumbnail,
): Promise<string> {
  const sections: Markup[] = [];
  for (const one of traced) sections.push(await searchSection(one, thumbnail));
  const shown =
    traced.length < searches
      ? `${firstOf(traced.length, searches, whole)} searches`
      : `${searches} ${searches === 1 ? "search" : "searches"}`;
  const body = html`<header><p class="overline">Espalier trace</p><h1>${verifier}</h1><p>${shown}. A column is a decoding step; an image is
what its path predicted there, with the judge's P(yes) below it. A path that ends before the last column was cut.</p></header>
<main>${sections}</main>`;
  return htmlPage(`${verifier}: trace`, TRACE_STYLE, body);
}

async function searchSection(search: TracedSearch, thumbnail: Thumbnail): Promise<Markup> {
  const { prompt, row, paths, steps } = search;
  const cut = paths.filter(({ candidate }) => candidate.status === "dropped").length;
  const facts = [
    `${paths.length} paths, ${cut} cut for good`,
    `${row.nfe} generator NFEs`,
    `${row.judgeCalls} judge calls`,
    `${row.failedVerdicts} failed verdicts`,
  ];
  const rounds: Markup[] = [];
  for (const round of roundsOf(paths)) rounds.push(await roundTable(round, steps, thumbnail));
  return html`<section>
<h2>${prompt.text}${row.attempt > 0 ? ` (image ${row.attempt + 1})` : ""}</h2>
<p class="facts">${facts.join(" · ")}</p>
<p>${row.chosenId === null ? "No image was chosen" : "Chosen"}: ${row.reason}.</p>
${rounds}
</section>
`;
}

/** Paths in groups that correct the same image; the first round corrects none. */
function roundsOf(paths: readonly TracedPath[]): TracedPath[][] {
  const groups = new Map<string, TracedPath[]>();
  for (const path of paths) {
    const key = JSON.stringify(path.candidate.correction ?? null);
    groups.set(key, [...(groups.get(key) ?? []), path]);
  }
  return [...groups.values()];
}

async function roundTable(
  paths: readonly TracedPath[],
  steps: number,
  thumbnail: Thumbnail,
): Promise<Markup> {
  const correction = paths[0]?.candidate.correction;
  const rows: Markup[] = [];
  for (const path of paths) rows.push(await pathRow(path, steps, thumbnail));
  const heads = Array.from({ length: steps }, (_, index) => html`<th scope="col">${index + 1}</th>`);
  const heading =
    correction && html`<h3>Corrected for: ${correction.reasons.join(", ") || "no reason given"}</h3>`;
  return html`${heading}<div class="scroll" role="region" aria-label="Paths" tabindex="0"><table>
<thead><tr><th scope="col">path</th>${heads}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}

async function pathRow(path: TracedPath, steps: number, thumbnail: Thumbnail): Promise<Markup> {
  const { candidate, chosen, depth, number, parent } = path;
  const cells: Markup[] = [];
  for (let step = 1; step <= candidate.steps; step++) cells.push(await stepCell(path, step, thumbnail));
  const left = steps - candidate.steps;
  const end = left > 0 ? html`<td colspan="${left}" class="end">✂ ${candidate.reason}</td>` : undefined;
  const dropped = candidate.status === "dropped";
  const fork = candidate.forks?.at(-1);
  const from =
    fork &&
    html`<small>left path ${parent ?? "?"} at step ${fork.step}${fork.remask > 0 ? `, ${Math.round(100 * fork.remask)}% drawn again` : ""}</small>`;
  const state = chosen ? html`<small class="yes">chosen</small>` : undefined;
  return html`<tr class="${chosen ? "chosen" : dropped ? "cut" : ""}">
<th scope="row"><span style="padding-left:${depth}em">${depth > 0 ? "↳ " : ""}${number}</span>${state}${from}${
    dropped && left === 0 ? html`<small class="no">✂ ${candidate.reason}</small>` : undefined
  }</th>${cells}${end}</tr>
`;
}

async function stepCell(
  { images, verdicts }: TracedPath,
  step: number,
  thumbnail: Thumbnail,
): Promise<Markup> {
  const image = images.get(step);
  const said = verdicts.filter((one) => one.step === step).map(verdictLine);
  const picture = image && html`<img src="${await thumbnail(image)}" alt="prediction at step ${step}">`;
  return html`<td>${picture}${said}</td>`;
}

function verdictLine({ question, verdict }: VerdictRow): Content {
  const kind = verdict.kind === "failed" ? "no" : "";
  const words = verdict.kind === "scored" ? verdict.score.toFixed(2) : sayVerdict(verdict);
  const reasons = verdict.kind === "scored" && verdict.reasons ? ` (${verdict.reasons.join(", ")})` : "";
  return html`<small class="${kind}">${question} ${words}${reasons}</small>`;
}
