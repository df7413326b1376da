import type { TitledChart } from "../pages/chart-svg.js";
import type { ColorOf, TrainingCurve } from "./training-charts.js";

const SIZE = { width: 250, height: 120, margins: { left: 60, right: 10, top: 6, bottom: 34 } };

interface Histogram {
  readonly edges: readonly number[];
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}

/** The implicit rewards of held-out pairs at each training's last validation: chosen filled, rejected as a line. */
export function rewardCharts(curves: readonly TrainingCurve[], colorOf: ColorOf): TitledChart[] {
  return curves.flatMap((curve) => {
    const last = curve.events.findLast(({ histogram }) => histogram !== undefined);
    if (last === undefined) return [];
    const { edges, chosen, rejected } = last["histogram"] as Histogram;
    const bins = (counts: readonly number[]) =>
      counts.map((count, index) => ({ from: edges[index], to: edges[index + 1], count }));
    const step = Number(last["step"]);
    return [
      {
        title: `${curve.name}, step ${step}`,
        chart: {
          ...SIZE,
          description: `Histogram of the implicit rewards of held-out pairs, ${curve.name} at step ${step}`,
          spec: {
            encoding: {
              x: {
                field: "from",
                type: "quantitative",
                axis: { title: "implicit reward", grid: false, tickCount: 5 },
              },
              y: { field: "count", type: "quantitative", axis: { title: "pairs", tickCount: 3 } },
            },
            layer: [
              {
                data: { values: bins(chosen) },
                mark: { type: "bar", color: colorOf(curve.name), opacity: 0.6 },
                encoding: { x2: { field: "to" } },
              },
              {
                data: { values: bins(rejected) },
                mark: { type: "line", interpolate: "step-after", color: "var(--muted)", strokeDash: [4, 3] },
              },
            ],
          },
        },
      },
    ];
  });
}
