import { expect, test } from "vitest";
import type { ComparisonRow } from "../../../src/stages/comparison/compare.js";
import { overallChart, taskChart } from "../../../src/stages/comparison/score-charts.js";
import { marginCharts, trainingCharts } from "../../../src/stages/comparison/training-charts.js";
import { chartSvg } from "../../../src/stages/pages/chart-svg.js";

function row(name: string, overall: number, tasks: Record<string, number>): ComparisonRow {
  const taskIntervals = Object.fromEntries(
    Object.entries(tasks).map(([tag, value]) => [tag, [value - 0.1, value + 0.1] as const]),
  );
  const ci = [overall - 0.05, overall + 0.05] as const;
  return { name, kind: "checkpoint", overall, ci, tasks, taskIntervals, images: 100, prompts: 25 };
}

const rows = [
  row("base", 0.4, { counting: 0.25, colors: 0.5 }),
  row("round <1>", 0.6, { counting: 0.5, colors: 0.75 }),
];
const colorOf = (name: string) => (name === "round-1" ? "var(--series-1)" : "var(--series-2)");

/** The marks of a kind as Vega describes them: their data and their path. */
function marks(svg: string, kind: string): { label: string; path: string }[] {
  const pattern = new RegExp(
    `<path aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="${kind}"[^>]* d="([^"]*)"`,
    "g",
  );
  return [...svg.matchAll(pattern)].map(([, label = "", path = ""]) => ({ label, path }));
}

test("the overall chart has a dot a row, further right for a higher score", async () => {
  const svg = await chartSvg(overallChart(rows));
  const centres = [...svg.matchAll(/aria-roledescription="point" transform="translate\(([\d.]+),/g)].map(
    (match) => Number(match[1]),
  );
  expect(centres).toHaveLength(2);
  expect(centres[1]).toBeGreaterThan((centres[0] as number) + 100);
});

test("a task bar is as long as its score", async () => {
  const chart = taskChart(rows);
  const bars = marks(await chartSvg(chart), "bar");
  expect(bars).toHaveLength(4);
  for (const { label, path } of bars) {
    const score = Number(/score: ([\d.]+)/.exec(label)?.[1]);
    const numbers = [...path.matchAll(/-?[\d.]+/g)].map(Number);
    expect(path).toMatch(/^M0,/);
    expect(Math.abs(Math.max(...numbers) - score * chart.width)).toBeLessThan(1);
  }
});

test("an SVG says what it shows, escapes names and holds no link or script", async () => {
  const svg = await chartSvg(overallChart(rows));
  expect(svg).toMatch(
    /^<svg role="img" aria-label="Overall score with interval: base 0.400, round &lt;1> 0.600"/,
  );
  expect(svg).not.toContain("round <1>");
  expect(svg).not.toMatch(/<script|href=|<image/);
});

test("long trainings are averaged to a bounded number of points that keep the mean", () => {
  const events = Array.from({ length: 1000 }, (_, step) => ({ event: "step-end", step, loss: step % 2 }));
  const panels = trainingCharts([{ name: "round-1", events }], colorOf);
  expect(panels.map((panel) => panel.title)).toEqual(["Loss"]);
  const spec = panels[0]?.chart.spec as { data: { values: { value: number }[] } } | undefined;
  const values = spec?.data.values ?? [];
  expect(values.length).toBeLessThanOrEqual(120);
  expect(values.length).toBeGreaterThan(60);
  for (const { value } of values.slice(0, -1)) expect(value).toBeCloseTo(0.5, 0);
});

test("chosen and rejected share a panel, and a loss that is not a number is left out", () => {
  const events = [
    { step: 0, loss: Number.NaN, "logps/chosen": -1, "logps/rejected": -2 },
    { step: 1, loss: 0.5, "logps/chosen": -1, "logps/rejected": -3 },
  ];
  const [loss, probabilities] = trainingCharts([{ name: "round-1", events }], colorOf);
  const data = (values: unknown) => ({ chart: { spec: { data: { values } } } });
  expect(loss).toMatchObject(data([{ name: "round-1", measure: "loss", step: 1, value: 0.5 }]));
  const measures = ["logps/chosen", "logps/chosen", "logps/rejected", "logps/rejected"];
  expect(probabilities).toMatchObject(data(measures.map((measure) => ({ measure }))));
});

test("a margin histogram counts every pair, in the colour of its training", async () => {
  const [panel] = marginCharts([{ name: "round-1", values: [0.1, 0.11, 0.12, 0.9] }], colorOf);
  if (!panel) throw new Error("one pair set gives one histogram");
  const svg = await chartSvg(panel.chart);
  const counts = marks(svg, "bar").map(({ label }) => Number(/Count of Records: (\d+)/i.exec(label)?.[1]));
  expect(counts.reduce((total, count) => total + count, 0)).toBe(4);
  expect(svg).toContain('fill="var(--series-1)"');
});
