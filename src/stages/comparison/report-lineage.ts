import { type Content, html, type Markup } from "../pages/html.js";
import type { LineageEntry } from "./report-data.js";
import { table } from "./report-tables.js";

/** Which weights came from which, trained on what. */
export function lineageSection(lineage: readonly LineageEntry[]): Markup {
  const names = new Map(lineage.map((entry) => [entry.identity, entry.name]));
  const rows = lineage.map((entry) => [
    html`<th scope="row">${entry.name}${entry.promoted === false ? html`<small>not promoted</small>` : undefined}</th>`,
    html`<td>${hash(entry.identity)}</td>`,
    html`<td>${parents(entry, names)}</td>`,
    html`<td>${entry.pairsHash ? hash(entry.pairsHash) : "none"}</td>`,
    html`<td>${entry.reference ?? "none"}</td>`,
    html`<td>${settings(entry)}</td>`,
  ]);
  const head = ["Checkpoint", "Identity", "Trained from", "Pairs", "Reference", "Settings"];
  return html`<section aria-labelledby="lineage" class="lineage">
<h2 id="lineage">Lineage</h2>
${table("Lineage", head, rows)}
</section>`;
}

/** Names where the parent is in the table, hashes elsewhere. */
function parents(entry: LineageEntry, names: ReadonlyMap<string, string>): Content {
  if (entry.parents.length === 0) return "none";
  return entry.parents.map((parent) => html`${names.get(parent) ?? hash(parent)} `);
}

/** The first digits, with the whole hash on hover. */
export function hash(value: string): Markup {
  return html`<code title="${value}">${value.slice(0, 12)}</code>`;
}

function settings(entry: LineageEntry): Markup {
  const pairs = Object.entries(entry.settings);
  if (pairs.length === 0) return html`none recorded`;
  const terms = pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${String(value)}</dd></div>`);
  return html`<details><summary>${pairs.length} settings</summary><dl>${terms}</dl></details>`;
}
