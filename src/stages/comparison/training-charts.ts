import type { TitledChart } from "../pages/chart-svg.js";

/** The colour of a training in all charts, by its name. */
export type ColorOf = (name: string) => string;

/** The step events of one training. */
export interface TrainingCurve {
  readonly name: string;
  /** Each with `step` and the trainer's measures by name; a measure may be absent from some. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** Margins (chosen score less rejected score) of the pairs of one training. */
export interface PairMargins {
  readonly name: string;
  readonly values: readonly number[];
}

/** Points drawn per line at most: neighbouring steps are averaged. */
const POINTS = 120;
const SIZE = { width: 250, height: 120, margins: { left: 60, right: 10, top: 6, bottom: 34 } };

/** What is drawn of a training: a panel each, of one measure or two. */
export const PANELS: readonly {
  title: string;
  axis: string;
  measures: readonly [solid: string, dashed?: string];
}[] = [
  { title: "Loss", axis: "loss", measures: ["loss"] },
  { title: "Reward margin", axis: "implicit reward", measures: ["rewards/margins"] },
  {
    title: "Reward accuracy (held-out pairs dashed)",
    axis: "share of pairs",
    measures: ["rewards/accuracies", "eval_rewards/accuracies"],
  },
  {
    title: "Log-probability (rejected dashed)",
    axis: "log-probability",
    measures: ["logps/chosen", "logps/rejected"],
  },
  { title: "Gradient norm", axis: "norm", measures: ["grad_norm"] },
  { title: "Entropy a token", axis: "entropy", measures: ["entropy"] },
  {
    title: "P(yes) of sample images (held-out verifier dashed)",
    axis: "P(yes)",
    measures: ["samples/training", "samples/held_out"],
  },
  { title: "P(yes) of the guiding judge", axis: "P(yes)", measures: ["guidance/score"] },
];

/** What events say of each task, in their `tasks`. */
const TASK_PANELS: typeof PANELS = [
  {
    title: "sample images (held-out verifier dashed)",
    axis: "P(yes)",
    measures: ["samples/training", "samples/held_out"],
  },
  { title: "reward accuracy of held-out pairs", axis: "share of pairs", measures: ["rewards/accuracies"] },
];

/** One panel a measure, one colour a training; measures that no event carries are left out. */
export function trainingCharts(curves: readonly TrainingCurve[], colorOf: ColorOf): TitledChart[] {
  return panelsOf(PANELS, curves, colorOf);
}

/** The same for each task by itself: what one gains and another loses. */
export function taskCharts(curves: readonly TrainingCurve[], colorOf: ColorOf): TitledChart[] {
  const names = curves.flatMap(({ events }) => events.flatMap((event) => Object.keys(tasksOf(event))));
  return [...new Set(names)].sort().flatMap((task) => {
    const own = curves.map(({ name, events }) => ({
      name,
      events: events.map((event) => ({ ...tasksOf(event)[task], step: event["step"] })),
    }));
    const panels = TASK_PANELS.map((panel) => ({ ...panel, title: `${taskWords(task)}: ${panel.title}` }));
    return panelsOf(panels, own, colorOf);
  });
}

function tasksOf({ tasks }: TrainingCurve["events"][number]): Record<string, Record<string, unknown>> {
  return (tasks ?? {}) as Record<string, Record<string, unknown>>;
}

function taskWords(task: string): string {
  return task.replaceAll("_", " ");
}

function panelsOf(panels: typeof PANELS, curves: readonly TrainingCurve[], colorOf: ColorOf): TitledChart[] {
  return panels.flatMap(({ title, axis, measures }) => {
    const points = curves.flatMap((curve) =>
      measures.flatMap((measure) => (measure === undefined ? [] : averaged(curve, measure))),
    );
    if (points.length === 0) return [];
    return [
      {
        title,
        chart: { ...SIZE, description: `${title} by training step`, spec: lines(points, axis, colorOf) },
      },
    ];
  });
}

/** One histogram a pair set, in the colour of its training. */
export function marginCharts(margins: readonly PairMargins[], colorOf: ColorOf): TitledChart[] {
  return margins.map(({ name, values }) => ({
    title: name,
    chart: {
      ...SIZE,
      description: `Histogram of ${values.length} pair margins of ${name}`,
      spec: {
        data: { values: values.map((margin) => ({ margin })) },
        mark: { type: "bar", color: colorOf(name), binSpacing: 1 },
        encoding: {
          x: {
            field: "margin",
            bin: { maxbins: 24 },
            axis: { title: "chosen less rejected score", grid: false, tickCount: 5 },
          },
          y: { aggregate: "count", axis: { title: "pairs", tickCount: 3 } },
        },
      },
    },
  }));
}

export interface Point {
  readonly name: string;
  readonly measure: string;
  readonly step: number;
  readonly value: number;
}

/** The measure over steps, means of equal runs of events. */
export function averaged(curve: TrainingCurve, measure: string): Point[] {
  const points = curve.events.flatMap((event) => {
    const { step, [measure]: value } = event;
    return typeof step === "number" && typeof value === "number" && Number.isFinite(value)
      ? [{ step, value }]
      : [];
  });
  const run = Math.max(1, Math.ceil(points.length / POINTS));
  const starts = Array.from({ length: Math.ceil(points.length / run) }, (_, index) => index * run);
  return starts.map((start) => {
    const group = points.slice(start, start + run);
    const mean = (field: "step" | "value") =>
      group.reduce((total, point) => total + point[field], 0) / group.length;
    return { name: curve.name, measure, step: mean("step"), value: mean("value") };
  });
}

function lines(points: readonly Point[], title: string, colorOf: ColorOf) {
  const names = [...new Set(points.map((point) => point.name))];
  const measures = [...new Set(points.map((point) => point.measure))];
  return {
    data: { values: points },
    mark: { type: "line", strokeWidth: 1.5, strokeJoin: "round" },
    encoding: {
      x: {
        field: "step",
        type: "quantitative",
        axis: { title: "step", grid: false, tickCount: 4, format: "~s" },
      },
      y: {
        field: "value",
        type: "quantitative",
        scale: { zero: false },
        axis: { title, titlePadding: 8, tickCount: 4, format: "~r" },
      },
      detail: { field: "measure" },
      color: {
        field: "name",
        type: "nominal",
        scale: { domain: names, range: names.map(colorOf) },
        legend: null,
      },
      strokeDash: {
        field: "measure",
        type: "nominal",
        scale: {
          domain: measures,
          range: [
            [1, 0],
            [4, 3],
          ].slice(0, measures.length),
        },
        legend: null,
      },
    },
  };
}
