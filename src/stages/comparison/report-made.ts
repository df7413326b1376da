import { html, type Markup } from "../pages/html.js";
import { costCells, costHead, type RowCosts } from "./costs.js";
import type { PairCounts, Provenance } from "./report-data.js";
import { table } from "./report-tables.js";

/** What the images of each row cost. */
export function costsSection(costs: readonly RowCosts[]): Markup | undefined {
  if (costs.length === 0) return undefined;
  const rows = costs.map((one) => {
    const [label = "", ...cells] = costCells(one);
    return [html`<th scope="row">${label}</th>`, ...cells.map((cell) => html`<td>${cell}</td>`)];
  });
  const [, ...head] = costHead();
  return html`<section aria-labelledby="costs">
<h2 id="costs">Costs <span class="aside">of an image; NFE are forward passes of the generator</span></h2>
${table("Costs of an image", ["", ...head], rows)}
</section>`;
}

/** Who labelled and who graded, what the pairs were, and how it is made again. */
export function madeSection({ roles, sameEye, pairs, command }: Provenance): Markup {
  const lines = roles.map(({ role, who }) => html`<div><dt>${role}</dt><dd>${who.join(", ")}</dd></div>`);
  return html`<section aria-labelledby="made">
<h2 id="made">Who looked, and how it was made</h2>
<dl class="roles">${lines}</dl>
${sameEye === undefined ? undefined : html`<p class="null">${sameEyeText(sameEye)}</p>`}
${pairs.length > 0 ? [html`<h3>Pairs</h3>`, table("Pairs", PAIR_HEAD, pairs.map(pairRow))] : undefined}
<h3>To make it again</h3>
<p><code class="command">${command}</code></p>
</section>`;
}

/** What a reader must bear in mind where one eye did both. */
export function sameEyeText(who: string): string {
  return (
    `${who} both labelled the pairs of training and graded the images here: part of a gain may be a gain at pleasing it, and not at what was ` +
    "asked. People, or a verifier that took no part, can tell."
  );
}

const PAIR_HEAD = [
  "Trained",
  "Pairs",
  "Prompts used",
  "Candidates",
  "Mined",
  "Prompts without a pair",
  "Stage",
];

function pairRow({ name, pairs, prompts, promptsUsed, candidates, policy, dropped, stage }: PairCounts) {
  const used = promptsUsed === null || prompts === null ? "unknown" : `${promptsUsed} of ${prompts}`;
  return [
    html`<th scope="row">${name}</th>`,
    html`<td>${pairs}</td>`,
    html`<td>${used}</td>`,
    html`<td>${candidates ?? "unknown"}</td>`,
    html`<td>${policy}</td>`,
    html`<td class="words">${dropped === "" ? "none" : dropped}</td>`,
    html`<td><code>${stage}</code></td>`,
  ];
}
