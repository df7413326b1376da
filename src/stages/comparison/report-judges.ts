import { html, type Markup } from "../pages/html.js";
import type { JudgeEntry } from "./report-data.js";
import { hash } from "./report-lineage.js";
import { table } from "./report-tables.js";
import { interval, score } from "./table.js";

/** Which judge each round tuned, by whose labels, and how well it ranks images of the policy it was tuned for. */
export function judgesSection(judges: readonly JudgeEntry[]): Markup | undefined {
  if (judges.length === 0) return undefined;
  const rows = judges.map((one) => [
    html`<th scope="row">${one.name}</th>`,
    html`<td>${hash(one.before)}</td>`,
    html`<td>${hash(one.tuned)}</td>`,
    html`<td>${one.labels}</td>`,
    html`<td>${one.samples.own}${one.samples.earlier > 0 ? ` + ${one.samples.earlier} earlier` : ""}</td>`,
    html`<td>${ranking(one.heldOut.before)}</td>`,
    html`<td>${ranking(one.heldOut.after)}</td>`,
    html`<td>${one.heldOut.after.prompts}</td>`,
    html`<td>${one.kept ? "yes" : "no, it ranks worse"}</td>`,
  ]);
  const head = [
    "Round",
    "Judge before",
    "Tuned",
    "Labels by",
    "Images",
    "AUC before",
    "AUC after",
    "Prompts",
  ];
  return html`<section aria-labelledby="judges">
<h2 id="judges">Judges</h2>
<p>AUC within prompts, on images of the policy that the round starts from, of held-out prompts that no table shows.</p>
${table("Judges", [...head, "Judges from then on"], rows)}
</section>`;
}

function ranking({ auc, interval: ends }: JudgeEntry["heldOut"]["before"]): string {
  if (auc === null) return "unknown";
  return ends === null ? score(auc) : `${score(auc)} (${interval(ends, score)})`;
}
