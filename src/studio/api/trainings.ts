import type { Store } from "../../adapters/store/index.js";
import { shownBy } from "../../runner/inspection/status.js";
import { averaged, PANELS } from "../../stages/comparison/training-charts.js";
import { type Curves, curves, curvesQuery, type Training, trainings } from "../answers/runs.js";
import type { Studio } from "../studio.js";
import { type FoundTraining, toldBy, trainingsOf } from "../trainings.js";
import { type Endpoint, endpoint } from "./endpoint.js";

/** How trainings do, also while they run. */
export function trainingEndpoints({ store }: Studio): Endpoint[] {
  return [
    endpoint({
      path: "trainings",
      about: "Every training, newest first: its step, its rate and the time that is left of it.",
      answered: trainings,
      answer: () => {
        const shown = shownBy(store);
        return {
          trainings: trainingsOf(store).map((one) => progressOf(store, one, shown(one.stage.progress))),
        };
      },
    }),
    endpoint({
      path: "trainings/curves",
      about:
        "What trainings measured by their steps: loss, margins, accuracy, log-probabilities, held-out pairs, sample images. Neighbouring steps are averaged.",
      asked: curvesQuery,
      answered: curves,
      answer: ({ stages }) => {
        const wanted = stages.split(",");
        const chosen = trainingsOf(store).filter(({ stage }) => stages === "" || wanted.includes(stage.id));
        return curvesOf(store, chosen);
      },
    }),
  ];
}

function progressOf(store: Store, found: FoundTraining, progress: Training["progress"]): Training {
  const told = toldBy(store, found);
  const last = told.findLast(({ event }) => event === "step-end");
  const start = told.findLast(({ event }) => event === "train-start");
  const number = (value: unknown) => (typeof value === "number" ? value : null);
  const secondsLeft = progress === "running" ? number(last?.["seconds_left"]) : null;
  const [step, steps] = [number(last?.["step"]) ?? 0, number(last?.["steps"] ?? start?.["steps"])];
  const rate =
    secondsLeft === null || steps === null || secondsLeft <= 0 ? null : (steps - step) / secondsLeft;
  const checkpoint = found.stage.summary?.["checkpoint"];
  return {
    stage: found.stage.id,
    name: found.name,
    ...{ progress, step, steps, secondsLeft, stepsPerSecond: rate },
    checkpoint: typeof checkpoint === "string" ? checkpoint : null,
  };
}

function curvesOf(store: Store, chosen: readonly FoundTraining[]): Curves {
  const told = chosen.map((one) => ({ ...one, events: toldBy(store, one) }));
  const panels = PANELS.map(({ title, measures }) => ({
    title,
    lines: measures.flatMap((measure, at) =>
      told.flatMap(({ stage, name, events }) => {
        const points = measure === undefined ? [] : averaged({ name, events }, measure);
        if (points.length === 0) return [];
        const line = { stage: stage.id, training: name, measure: measure as string, dashed: at === 1 };
        return [{ ...line, steps: points.map(({ step }) => step), values: points.map(({ value }) => value) }];
      }),
    ),
  }));
  return { panels: panels.filter(({ lines }) => lines.length > 0) };
}
