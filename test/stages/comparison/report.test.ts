import { createHash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { compareEvaluations } from "../../../src/stages/comparison/compare.js";
import { renderReport } from "../../../src/stages/comparison/report.js";
import type { ReportData } from "../../../src/stages/comparison/report-data.js";
import { hashes, PIXEL, sampleReport } from "./sample-report.js";

let data: ReportData;
let report: string;
const asked: string[] = [];

beforeAll(async () => {
  data = await sampleReport();
  report = await renderReport(data, (candidateId) => {
    asked.push(candidateId);
    return PIXEL;
  });
});

test("it is one page with one script, known by its hash, and no link or address to load from", () => {
  expect(report).toMatch(/^<!doctype html>/);
  const scripts = [...report.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = ""]) => script);
  expect(scripts).toHaveLength(1);
  const digest = createHash("sha256")
    .update(scripts[0] as string)
    .digest("base64");
  expect(report).toContain(`script-src 'sha256-${digest}'"`);
  expect(report.replace(`<script>${scripts[0]}</script>`, "")).not.toMatch(
    /<script|<link|<iframe|javascript:|\son\w+="/i,
  );
  expect(report).not.toMatch(/@import|url\((?!#)/);
  const addresses = [...report.matchAll(/\b(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
  expect(addresses.length).toBeGreaterThan(0);
  for (const address of addresses) expect(address).toBe(PIXEL);
  expect(report).toContain(`default-src 'none'; img-src data:;`);
});

test("prompt text is shown, not run", () => {
  expect(report).toContain("&#60;script&#62;alert(&#34;prompt&#34;)&#60;/script&#62;");
});

test("ids are unique, since all charts share one page", () => {
  const ids = [...report.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]);
  expect(ids).toEqual([...new Set(ids)]);
});

test("scores, differences, notes and lineage are all there", () => {
  const { rows, comparisons } = data.comparison;
  for (const row of rows) expect(report).toContain(`${row.overall.toFixed(3)}<small>`);
  const focus = comparisons.find((one) => one.from === "base" && one.to === "round-1");
  expect(report).toContain(`${focus?.wins} / ${focus?.losses}`);
  expect(report).toContain("The second verifier disagrees.");
  for (const hash of [hashes.base, hashes.round, hashes.pairs]) expect(report).toContain(`title="${hash}"`);
  expect(report).toContain("not promoted");
  expect(report.match(/<svg /g)).toHaveLength(7);
});

test("what turned wrong comes before what turned right, all of it, every evaluation's image beside the others", () => {
  expect(report.indexOf("<h3>Turned wrong")).toBeLessThan(report.indexOf("<h3>Turned right"));
  expect(report).toContain("<h3>Turned wrong");
  const focus = data.comparison.comparisons.find((one) => one.from === "base" && one.to === "round-1");
  const all = (focus?.losses ?? 0) + (focus?.wins ?? 0);
  expect(report.match(/<article class="change"/g)).toHaveLength(all);
  expect(report.match(/data-kind="regression"/g)).toHaveLength(focus?.losses ?? 0);
  expect(asked).toHaveLength(all * 3);
});

test("an image says its ids, seed and verdicts, and pictures beyond the page's size are listed without", async () => {
  expect(report).toMatch(/<dl class="facts" hidden><div><dt>judged<\/dt><dd>(right|wrong)<\/dd>/);
  expect(report).toMatch(/<dt>candidate<\/dt><dd>round-1\/\w+-\d+-\d<\/dd>/);
  expect(report).toContain("<dt>seed</dt><dd>7</dd>");
  expect(report).toContain("<dt>outcome at step 8</dt><dd>0.731 (&#60;script&#62;");
  const small = await renderReport({ ...data, imageBytes: 1 }, () => PIXEL);
  expect(small.match(/class="open"/g)).toHaveLength(3);
  const rest = (report.match(/<article class="change"/g)?.length ?? 0) - 1;
  expect(small).toContain(`${rest} of these are listed without their images`);
});

test("costs, who looked, pairs, the command and the number of comparisons are said", () => {
  expect(report).toMatch(
    /<th scope="row">round-1<\/th><td>16<\/td><td>25%<\/td><td>2<\/td><td>0.500<\/td><td>1<\/td>/,
  );
  expect(report.match(/scenes-detector\/1 both labelled the pairs/g)).toHaveLength(2);
  expect(report).toContain("<td>50 of 60</td>");
  expect(report).toContain("10: every decided image is right");
  expect(report).toContain('<code class="command">espalier run &#60;script&#62;');
  expect(report).toContain("makes 3 comparisons with a p-value, and 18 more task by task");
});

test("a difference that is not shown is a grey line, and no alarm", async () => {
  const [first] = data.evaluations;
  if (first === undefined) throw new Error("Expected an evaluation.");
  const evaluations = [first, { ...first, name: "again" }];
  const comparison = compareEvaluations(evaluations, { resamples: 200, seed: 0, level: 0.95 });
  const page = await renderReport(
    { ...data, evaluations, comparison, focus: { from: "base", to: "again" }, notes: [] },
    () => PIXEL,
  );
  expect(page).toContain('<p class="null">No difference between base and again is shown (p 1.000).');
  expect(page).not.toContain('class="note"');
  expect(report).toMatch(/<p class="null">The judge was kept: &#60;script/);
});

test("implicit rewards of held-out pairs and sample images over training are shown", () => {
  expect(report).toContain("Implicit rewards of held-out pairs");
  expect(report).toContain("96 + 32 earlier");
  expect(report).toContain("0.612 (0.550 to 0.670)");
  expect(report).toContain("Task by task");
  expect(report).toContain("counting: reward accuracy of held-out pairs");
  expect(report).toContain("Histogram of the implicit rewards of held-out pairs, round-1 at step 30");
  expect(report.match(/alt="Image at step (0|20|40)"/g)).toHaveLength(3);
});

test("without training or lineage their sections are left out", async () => {
  const bare = await renderReport(
    { ...data, training: [], margins: [], samples: [], lineage: [] },
    () => PIXEL,
  );
  expect(bare).not.toMatch(/id="training"|id="samples"|id="lineage"/);
  expect(bare).toContain('id="changes"');
});

test("an image that is no PNG, and a focus that was not compared, are refused", async () => {
  for (const source of ["https://example.org/a.png", `${PIXEL}" onload="x`, "data:image/png;base64,R0lGOD"]) {
    await expect(renderReport(data, () => source)).rejects.toThrow(ConfigError);
  }
  const focus = { from: "round-1", to: "base" };
  await expect(renderReport({ ...data, focus }, () => PIXEL)).rejects.toThrow(
    /focus to be one of the compared pairs .*got "round-1" to "base"/,
  );
});
