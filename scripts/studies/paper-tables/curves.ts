import { CURVE_POINTS, type CurvePoint } from "../../../pipelines/paper/curves.js";
import { colorBy, seriesSvg } from "../series-svg.js";
import type { Comparing, Measured } from "./measured.js";

/** A measured point of a curve. */
export interface DrawnPoint {
  readonly verifier: string;
  readonly alignment: string;
  readonly n: number;
  /** Function evaluations of the generator for an image. */
  readonly nfe: number;
  readonly overall: number;
  readonly ci: readonly [number, number];
}

/** Every measured point; N = 1, the row without verifier, begins each curve that has another point. */
export function drawnPoints(
  find: (point: CurvePoint) => Measured | undefined,
  comparing: Comparing,
): DrawnPoint[] {
  const measured = CURVE_POINTS.flatMap((point) => {
    const found = find(point);
    return found === undefined ? [] : [{ point, found }];
  });
  const begun = new Map(
    measured.map(({ point }) => {
      const { verifier, alignment } = point;
      return [`${verifier}/${alignment}`, { ...point, n: 1 }] as const;
    }),
  );
  const starts = [...begun.values()].flatMap((point) => {
    const found = find({ ...point, verifier: "none" });
    return found === undefined ? [] : [{ point, found }];
  });
  return [...starts, ...measured].map(({ point: { verifier, alignment, n }, found }) => {
    const { overall, ci } = comparing.score(found);
    return { verifier, alignment, n, nfe: found.costs.nfe / found.costs.searches, overall, ci };
  });
}

/** Score over NFEs of one generator as a file of its own: `paper-curves-base.svg`. */
export function curvesSvg(points: readonly DrawnPoint[], alignment: string): Promise<string> {
  const own = points.filter((point) => point.alignment === alignment);
  const names = [...new Set(own.map(({ verifier }) => verifier))];
  const x = {
    field: "nfe",
    type: "quantitative",
    scale: { type: "log", nice: false },
    axis: { title: "function evaluations of the generator for an image", format: "~g", grid: false },
  };
  return seriesSvg({
    description: `Score over function evaluations of ${names.join(", ")} on ${alignment === "none" ? "the base" : alignment}`,
    height: 300,
    spec: {
      data: { values: own },
      encoding: { color: colorBy("verifier", names) },
      layer: [
        {
          mark: { type: "line", strokeWidth: 2 },
          encoding: { x, y: scoreAxis("overall"), order: { field: "n" } },
        },
        {
          mark: { type: "rule", strokeWidth: 1, opacity: 0.5 },
          encoding: { x, y: scoreAxis("low"), y2: { field: "high" } },
          transform: [
            { calculate: "datum.ci[0]", as: "low" },
            { calculate: "datum.ci[1]", as: "high" },
          ],
        },
        { mark: { type: "point", filled: true, size: 40 }, encoding: { x, y: scoreAxis("overall") } },
      ],
    },
  });
}

function scoreAxis(field: string) {
  return {
    field,
    type: "quantitative",
    scale: { zero: false },
    axis: { title: "score", tickCount: 6, format: ".2f" },
  };
}
