import { type Chart, chartSvg, SERIES_COLORS, seriesColor } from "../../src/stages/pages/chart-svg.js";
import { COLORS } from "../../src/stages/pages/style-sheet.js";

/** A chart of several series as a file of its own, with their names beside it: there is no report around it to say what the colours are. */
export async function seriesSvg(chart: Pick<Chart, "description" | "height" | "spec">): Promise<string> {
  const margins = { left: 64, right: 170, top: 12, bottom: 44 };
  const svg = await chartSvg({ ...chart, width: 460, margins });
  return svg.replace(/^<svg [^>]*>/, (open) => `${open}<style>${COLORS}</style>`);
}

/** A colour for each name of a field; of more names than colours the last ones are drawn in ink. */
export function colorBy(field: string, names: readonly string[]): object {
  const range = names.map((_, index) => (index < SERIES_COLORS ? seriesColor(index) : "var(--ink)"));
  return {
    ...{ field, type: "nominal", scale: { domain: names, range } },
    legend: { title: null, labelColor: "var(--ink)", labelFontSize: 12, labelLimit: 0, symbolOpacity: 1 },
  };
}
