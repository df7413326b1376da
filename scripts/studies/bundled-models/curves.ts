import { chartSvg, SERIES_COLORS, seriesColor } from "../../../src/stages/pages/chart-svg.js";
import { standalone } from "../standalone-svg.js";
import type { Curve } from "./read-curve.js";

/** Which false captions a training tells, over the samples that it has seen. */
export function toldSvg(name: string, { looks }: Curve): Promise<string> {
  const kinds = [...new Set(looks.flatMap(({ told }) => Object.keys(told)))];
  const values = looks.flatMap(({ samples, told }) =>
    Object.entries(told).map(([kind, share]) => ({ samples, kind, share })),
  );
  const range = kinds.map((_, index) => (index < SERIES_COLORS ? seriesColor(index) : "var(--ink)"));
  return chartSvg({
    description: `True captions preferred to false ones by ${name}, by kind of falsehood, over samples seen`,
    width: 460,
    height: 260,
    margins: { left: 64, right: 170, top: 12, bottom: 44 },
    spec: {
      data: { values },
      mark: { type: "line", strokeWidth: 2, point: true },
      encoding: {
        color: {
          ...{ field: "kind", type: "nominal", scale: { domain: kinds, range } },
          legend: {
            title: null,
            labelColor: "var(--ink)",
            labelFontSize: 12,
            labelLimit: 0,
            symbolOpacity: 1,
          },
        },
        x: {
          ...{ field: "samples", type: "quantitative" },
          axis: { title: "samples seen", format: "~s", grid: false },
        },
        y: {
          ...{ field: "share", type: "quantitative", scale: { zero: false } },
          axis: { title: "told", tickCount: 6, format: ".2f" },
        },
      },
    },
  }).then(standalone);
}
