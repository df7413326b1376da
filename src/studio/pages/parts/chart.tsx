import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { WORDS } from "../words.ts";

export interface Line {
  readonly name: string;
  /** Which colour of the palette. */
  readonly color: number;
  readonly dashed: boolean;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

const HEIGHT = 190;

/** Lines over training steps, as wide as their place. A pointer shows the values of a step. */
export function Chart({ title, lines }: { readonly title: string; readonly lines: readonly Line[] }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let plot = drawn(element, lines);
    const again = () => {
      plot.destroy();
      plot = drawn(element, lines);
    };
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", again);
    return () => {
      dark.removeEventListener("change", again);
      resized.disconnect();
      plot.destroy();
    };
  }, [lines]);
  const said = lines
    .map(({ name, values }) => `${name} ${(values.at(-1) ?? Number.NaN).toPrecision(3)}`)
    .join(", ");
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${said}`} />
    </figure>
  );
}

function drawn(element: HTMLElement, lines: readonly Line[]): uPlot {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--rule"), width: 1 },
    ticks: { show: false },
  };
  const series = lines.map((line) => ({
    label: line.name,
    stroke: color(`--series-${line.color}`),
    width: 1.75,
    spanGaps: true,
    points: { show: line.steps.length < 30, size: 4 },
    ...(line.dashed ? { dash: [5, 4] } : {}),
    value: (_: uPlot, value: number | null) => (value === null ? "–" : value.toPrecision(4)),
  }));
  const options: uPlot.Options = {
    width: Math.max(200, element.clientWidth),
    height: HEIGHT,
    scales: { x: { time: false } },
    series: [{ label: WORDS.training.axis }, ...series],
    axes: [axis, { ...axis, size: 58 }],
    legend: { show: true, live: true },
    cursor: { points: { size: 6 }, drag: { x: true, y: false } },
  };
  return new uPlot(options, aligned(lines), element);
}

/** uPlot wants one list of steps for all lines. */
function aligned(lines: readonly Line[]): uPlot.AlignedData {
  const tables = lines.map(({ steps, values }) => [[...steps], [...values]] as uPlot.AlignedData);
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}
