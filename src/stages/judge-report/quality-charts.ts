import { seriesColor, type TitledChart } from "../pages/chart-svg.js";
import { askedQuestions, type JudgeQuality, type QuestionQuality } from "./quality.js";

const SIZE = { width: 300, height: 200, margins: { left: 44, right: 12, top: 6, bottom: 34 } };
/** Lines are named at their right ends. */
const LABELLED = { ...SIZE.margins, right: 64 };

/** Within-prompt AUC over the steps, a line a question that is asked midway, and one reliability diagram a question. */
export function qualityCharts(quality: JudgeQuality): TitledChart[] {
  const asked = askedQuestions(quality);
  const midway = asked.filter(([, { steps }]) => steps.length > 1);
  const curves = midway.map(([question, own], index) => ({ question, own, color: seriesColor(index + 1) }));
  return [
    ...(curves.length > 0 ? [aucCurve(curves)] : []),
    ...asked.map(([question, own]) => reliability(question, own)),
  ];
}

interface Curve {
  readonly question: string;
  readonly own: QuestionQuality;
  readonly color: string;
}

/** The line of a judge that guesses. */
const CHANCE = {
  data: { values: [{ area: 0.5 }] },
  mark: { type: "rule", strokeDash: [3, 3], color: "var(--muted)" },
};

function aucCurve(curves: readonly Curve[]): TitledChart {
  const points = curves.flatMap(({ question, own, color }) =>
    own.steps.flatMap(({ step, withinPromptAuc: area, interval }) =>
      area === null ? [] : [{ question, step, area, low: interval?.[0], high: interval?.[1], color }],
    ),
  );
  const color = { field: "color", type: "nominal", scale: null, legend: null };
  const x = { field: "step", type: "quantitative", axis: { title: "step", tickMinStep: 1, grid: false } };
  const y = (field: string) => ({
    ...{ field, type: "quantitative", scale: { domain: [0.3, 1], clamp: true } },
    axis: { title: null, format: ".1f", tickCount: 8 },
  });
  const ends = curves.flatMap(
    ({ question }) => points.findLast((point) => point.question === question) ?? [],
  );
  const spec = {
    data: { values: points },
    layer: [
      { ...CHANCE, encoding: { y: y("area") } },
      {
        mark: { type: "rule", opacity: 0.45, strokeWidth: 3 },
        encoding: { x, color, y: y("low"), y2: { field: "high" } },
      },
      { mark: { type: "line", strokeWidth: 2 }, encoding: { x, color, y: y("area") } },
      { mark: { type: "point", filled: true, size: 50, opacity: 1 }, encoding: { x, color, y: y("area") } },
      {
        data: { values: ends },
        mark: { type: "text", dx: 10, fontSize: 11, align: "left" },
        encoding: { x, color, y: y("area"), text: { field: "question" } },
      },
    ],
  };
  return {
    title: "AUC within prompt over the steps, 95% intervals",
    chart: { ...SIZE, width: 420, margins: LABELLED, description: describe(points), spec },
  };
}

function describe(points: readonly { question: string; step: number; area: number }[]): string {
  const said = points.map(({ question, step, area }) => `${question} at step ${step}: ${area.toFixed(3)}`);
  return `AUC within prompt. ${said.join(", ")}`;
}

/** How often "yes" was right over how sure the judge was; the area of a point is the number of answers. */
function reliability(question: string, { bins, calibrationError }: QuestionQuality): TitledChart {
  const axis = (field: string, title: string) => ({
    ...{ field, type: "quantitative", scale: { domain: [0, 1] } },
    axis: { title, format: ".1f", tickCount: 5 },
  });
  const [x, y] = [axis("confidence", "P(yes)"), axis("frequency", "share that is right")];
  const spec = {
    layer: [
      {
        data: {
          values: [
            { confidence: 0, frequency: 0 },
            { confidence: 1, frequency: 1 },
          ],
        },
        mark: { type: "line", strokeDash: [3, 3], color: "var(--muted)", strokeWidth: 1 },
        encoding: { x, y },
      },
      {
        data: { values: bins },
        mark: { type: "point", filled: true, color: seriesColor(3), opacity: 0.85 },
        encoding: {
          x,
          y,
          size: { field: "count", type: "quantitative", scale: { range: [20, 260] }, legend: null },
        },
      },
    ],
  };
  const error = calibrationError === null ? "-" : calibrationError.toFixed(3);
  const title = `Reliability: ${question} (ECE ${error})`;
  return { title, chart: { ...SIZE, width: 220, description: `${title}; the dashed line is perfect`, spec } };
}
