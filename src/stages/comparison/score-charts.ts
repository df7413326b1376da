import { type Chart, seriesColor } from "../pages/chart-svg.js";
import type { ComparisonRow } from "./compare.js";
import { score } from "./table.js";

const WIDTH = 420;

/** Overall score of each row with its interval, in order, top to bottom. */
export function overallChart(rows: readonly ComparisonRow[]): Chart {
  const names = rows.map((row) => row.name);
  const [low, high] = padded(
    Math.min(...rows.map((row) => row.ci[0])),
    Math.max(...rows.map((row) => row.ci[1])),
  );
  const y = { field: "name", type: "nominal", scale: { domain: names }, axis: null };
  const x = {
    type: "quantitative",
    scale: { domain: [low, high], zero: false, nice: false },
    axis: { tickCount: 5, format: ".2f", title: "overall score, 0 to 1", labelFlush: false },
  };
  return {
    description: `Overall score with interval: ${rows.map((row) => `${row.name} ${score(row.overall)}`).join(", ")}`,
    width: WIDTH,
    height: rows.length * 48,
    margins: { left: 12, right: 12, top: 4, bottom: 40 },
    spec: {
      data: {
        values: rows.map(({ name, overall, ci: [low, high] }) => {
          return { name, label: score(overall), overall, low, high };
        }),
      },
      encoding: { y, color: colorByName(names) },
      layer: [
        rowText({ align: "left" }, { x: { value: 0 }, text: { field: "name" } }),
        rowText({ align: "right", fontWeight: 600 }, { x: { value: WIDTH }, text: { field: "label" } }),
        {
          mark: { type: "rule", strokeWidth: 3, opacity: 0.45, strokeCap: "round", yOffset: 9 },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: 90, opacity: 1, yOffset: 9 },
          encoding: { x: { ...x, field: "overall" } },
        },
      ],
    },
  };
}

/** Text above a row's dot. */
function rowText(mark: object, encoding: object) {
  return {
    mark: { type: "text", baseline: "middle", dy: -8, fontSize: 12, ...mark },
    encoding: { ...encoding, color: { value: "var(--ink)" } },
  };
}

/** Score of every row in every task, as bars with their intervals. */
export function taskChart(rows: readonly ComparisonRow[]): Chart {
  const names = rows.map((row) => row.name);
  const tags = [...new Set(rows.flatMap((row) => Object.keys(row.tasks)))];
  const x = {
    type: "quantitative",
    scale: { domain: [0, 1] },
    axis: { tickCount: 5, title: "score, 0 to 1", labelFlush: false },
  };
  return {
    description: `Score of each evaluation in each task: ${tags.map(taskLabel).join(", ")}. The table has the numbers.`,
    width: WIDTH - 82,
    height: tags.length * (rows.length * 9 + 12),
    margins: { left: 94, right: 12, top: 4, bottom: 40 },
    spec: {
      data: { values: rows.flatMap(taskBars) },
      encoding: {
        y: {
          field: "task",
          type: "nominal",
          scale: { domain: tags.map(taskLabel), paddingInner: 0.22, paddingOuter: 0.1 },
          axis: { title: null, grid: false, labelFontSize: 12, labelColor: "var(--ink)" },
        },
        yOffset: { field: "name", scale: { domain: names, paddingInner: 0.18 } },
        color: colorByName(names),
      },
      layer: [
        { mark: { type: "bar", cornerRadiusEnd: 1.5 }, encoding: { x: { ...x, field: "score" } } },
        {
          mark: { type: "rule", strokeWidth: 1, opacity: 0.75 },
          encoding: {
            x: { ...x, field: "low" },
            x2: { field: "high" },
            color: { value: "var(--ink)" },
          },
        },
      ],
    },
  };
}

function taskBars({ name, tasks, taskIntervals }: ComparisonRow) {
  return Object.entries(tasks).map(([tag, value]) => {
    const [low, high] = taskIntervals[tag] ?? [];
    return { name, task: taskLabel(tag), score: value, low, high };
  });
}

/** "color_attr" as a reader would say it. */
export function taskLabel(tag: string): string {
  return tag.replaceAll("_", " ");
}

function colorByName(names: readonly string[]) {
  return {
    field: "name",
    type: "nominal",
    scale: { domain: names, range: names.map((_, index) => seriesColor(index)) },
    legend: null,
  };
}

/** The range of the data with a little air, inside 0..1. */
function padded(low: number, high: number): [number, number] {
  const air = Math.max((high - low) * 0.08, 0.01);
  return [Math.max(0, low - air), Math.min(1, high + air)];
}
