import type { TopLevelSpec } from "vega-lite";
import { html, Markup } from "./html.js";

/** Font and colours of every chart; the report's style sheet gives the variables their light and dark values. */
const STYLE = {
  background: "transparent",
  font: "system-ui, sans-serif",
  view: { stroke: null },
  axis: {
    labelColor: "var(--muted)",
    titleColor: "var(--muted)",
    gridColor: "var(--rule)",
    domain: false,
    ticks: false,
    labelPadding: 6,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: "normal",
  },
} as const;

/** Margins around the plot in pixels; fixed, since text cannot be measured without a browser. */
export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Chart {
  /** What a reader who cannot see it is told. */
  readonly description: string;
  /** The plot's size in pixels, margins not counted. */
  readonly width: number;
  readonly height: number;
  readonly margins: Margins;
  /** A Vega-Lite spec without size, padding and configuration. */
  readonly spec: object;
}

/** Draws a chart as an SVG element for inlining. Vega is loaded on the first call. */
export async function chartSvg(chart: Chart): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const spec = {
    ...chart.spec,
    width: chart.width,
    height: chart.height,
    padding: chart.margins,
    autosize: { type: "none" },
    config: STYLE,
  } as TopLevelSpec;
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace("<svg ", `<svg role="img" aria-label="${attribute(chart.description)}" `);
}

/** The colour of the n-th series, from 0, as the style sheet defines it. */
export function seriesColor(index: number): string {
  return `var(--series-${index % SERIES_COLORS})`;
}

/** Series colours in the style sheet; more series start again. */
export const SERIES_COLORS = 8;

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

export interface TitledChart {
  readonly title: string;
  readonly chart: Chart;
}

/** A chart under its title, drawn as SVG inside the page. */
export async function chartFigure({ title, chart }: TitledChart): Promise<Markup> {
  return html`<figure class="chart"><figcaption>${title}</figcaption>${new Markup(await chartSvg(chart))}</figure>`;
}
