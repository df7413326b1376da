import { type Chart, chartSvg } from "./chart-svg.js";
import { html, Markup } from "./html.js";

export interface TitledChart {
  readonly title: string;
  readonly chart: Chart;
}

/** A chart under its title, drawn as SVG inside the page. */
export async function chartFigure({ title, chart }: TitledChart): Promise<Markup> {
  return html`<figure class="chart"><figcaption>${title}</figcaption>${new Markup(await chartSvg(chart))}</figure>`;
}
