import { beforeAll, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors.js";
import { compareEvaluations } from "../../../src/stages/comparison/compare.js";
import { collectEvaluations } from "../../../src/stages/comparison/evaluations.js";
import { renderReport } from "../../../src/stages/comparison/report.js";
import type { ReportData } from "../../../src/stages/comparison/report-data.js";
import { syntheticEvaluation } from "./synthetic.js";

const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const HOSTILE = `<script>alert("prompt")</script>`;
const hashes = { base: "a".repeat(64), round: "b".repeat(64), pairs: "c".repeat(64) };

let data: ReportData;
let report: string;
const asked: string[] = [];

beforeAll(async () => {
  data = await sample();
  report = await renderReport(data, (candidateId) => {
    asked.push(candidateId);
    return PIXEL;
  });
});

async function sample(): Promise<ReportData> {
  const evaluations = await collectEvaluations([
    syntheticEvaluation("base", 0),
    syntheticEvaluation("base + ORM best-of-8", 0.2, undefined, "best-of-8"),
    syntheticEvaluation("round-1", 0.08),
  ]);
  const promptIds = [...(evaluations[0]?.items.values() ?? [])].map((item) => item.promptId);
  const events = Array.from({ length: 30 }, (_, step) => ({ step, loss: 0.69 - step / 100, grad_norm: 1 }));
  const histogram = { edges: [-1, 0, 1], chosen: [1, 5], rejected: [4, 2] };
  const tasks = { counting: { pairs: 3, "rewards/accuracies": 0.5 } };
  const validation = { event: "validation-end", step: 30, histogram, tasks };
  return {
    title: "Two rounds & more",
    created: "2026-01-02T03:04:05Z",
    comparison: compareEvaluations(evaluations, { resamples: 200, seed: 0, level: 0.95 }),
    evaluations,
    focus: { from: "base", to: "round-1" },
    examples: 3,
    prompts: new Map(promptIds.map((id) => [id, `${HOSTILE} ${id}`])),
    training: [{ name: "round-1", events: [...events, validation] }],
    margins: [{ name: "round-1", values: [0.1, 0.2, 0.4] }],
    samples: [
      { name: "round-1", steps: [0, 20, 40], rows: [{ prompt: HOSTILE, images: [PIXEL, PIXEL, PIXEL] }] },
    ],
    lineage: [
      { name: "base", identity: hashes.base, parents: [], settings: {} },
      {
        name: "round-1",
        identity: hashes.round,
        parents: [hashes.base],
        pairsHash: hashes.pairs,
        reference: "base",
        promoted: false,
        settings: { beta: 0.1 },
      },
    ],
    judges: [
      {
        ...{ name: "round-1", before: hashes.base, tuned: hashes.round, kept: true, labels: "people" },
        samples: { own: 96, earlier: 32 },
        heldOut: {
          before: { auc: 0.612, interval: [0.55, 0.67], prompts: 41 },
          after: { auc: null, interval: null, prompts: 41 },
        },
      },
    ],
    notes: ["The second verifier disagrees."],
  };
}

test("it is one page without scripts, links or any address to load from", () => {
  expect(report).toMatch(/^<!doctype html>/);
  expect(report).not.toMatch(/<script|<link|<iframe|javascript:|\son\w+="/i);
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

test("what turned wrong comes before what turned right, every evaluation's image beside the others", () => {
  expect(report.indexOf("<h3>Turned wrong")).toBeLessThan(report.indexOf("<h3>Turned right"));
  expect(report).toContain("<h3>Turned wrong");
  const focus = data.comparison.comparisons.find((one) => one.from === "base" && one.to === "round-1");
  const shown = Math.min(3, focus?.losses ?? 0) + Math.min(3, focus?.wins ?? 0);
  expect(report.match(/<article>/g)).toHaveLength(shown);
  expect(asked).toHaveLength(shown * 3);
  expect(report).toContain(`3 of ${focus?.wins} shown`);
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
