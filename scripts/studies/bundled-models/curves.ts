import { colorBy, seriesSvg } from "../series-svg.js";
import type { Curve } from "./read-curve.js";

/** Which false captions a training tells, over the samples that it has seen. */
export function toldSvg(name: string, { looks }: Curve): Promise<string> {
  const kinds = [...new Set(looks.flatMap(({ told }) => Object.keys(told)))];
  const values = looks.flatMap(({ samples, told }) =>
    Object.entries(told).map(([kind, share]) => ({ samples, kind, share })),
  );
  return seriesSvg({
    description: `True captions preferred to false ones by ${name}, by kind of falsehood, over samples seen`,
    height: 260,
    spec: {
      data: { values },
      mark: { type: "line", strokeWidth: 2, point: true },
      encoding: {
        color: colorBy("kind", kinds),
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
  });
}
