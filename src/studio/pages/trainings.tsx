import { useState } from "preact/hooks";
import type { Curves, Training, Trainings } from "../answers/runs.ts";
import { useAnswer } from "./asking.ts";
import { duration, rate, score, short } from "./numbers.ts";
import { Chart, type Line } from "./parts/chart.tsx";
import { Tick } from "./parts/fields.tsx";
import { Badge, Known } from "./parts/state.tsx";
import { WORDS } from "./words.ts";

const SERIES = 8;

/** Trainings drawn over each other: the newest ones until somebody chooses. */
export function TrainingsSection() {
  const asked = useAnswer<Trainings>("api/trainings");
  const [chosen, setChosen] = useState<readonly string[] | null>(null);
  const all = asked.answer?.trainings ?? [];
  const shown = chosen ?? all.slice(0, 3).map(({ stage }) => stage);
  const curves = useAnswer<Curves>(
    shown.length === 0 ? null : `api/trainings/curves?stages=${shown.join(",")}`,
  );
  if (all.length === 0) return null;
  const colorOf = (stage: string) => (all.findIndex((one) => one.stage === stage) + 3) % SERIES;
  const toggle = (stage: string, isOn: boolean) =>
    setChosen(isOn ? [...shown, stage] : shown.filter((one) => one !== stage));
  return (
    <section aria-labelledby="trainings">
      <h2 id="trainings">{WORDS.training.title}</h2>
      <fieldset class="card">
        <legend>{WORDS.training.choose}</legend>
        {all.map((one) => (
          <TrainingLine
            key={one.stage}
            training={one}
            color={colorOf(one.stage)}
            isOn={shown.includes(one.stage)}
            onToggle={toggle}
          />
        ))}
      </fieldset>
      <p class="aside">{WORDS.training.solidDashed}</p>
      <Known asked={curves}>
        {({ panels }) =>
          panels.length === 0 ? (
            <p class="aside">{WORDS.training.empty}</p>
          ) : (
            <Panels panels={panels} colorOf={colorOf} />
          )
        }
      </Known>
    </section>
  );
}

function TrainingLine({
  training,
  color,
  isOn,
  onToggle,
}: {
  readonly training: Training;
  readonly color: number;
  readonly isOn: boolean;
  readonly onToggle: (stage: string, isOn: boolean) => void;
}) {
  const { progress, step, steps, stepsPerSecond, secondsLeft } = training;
  return (
    <div class="row">
      <span class="swatch" data-series={color} />
      <Tick
        label={`${training.name} (${short(training.stage)})`}
        checked={isOn}
        onChange={(on) => onToggle(training.stage, on)}
      />
      <Badge progress={progress} />
      <span class="aside">
        {WORDS.training.step(step, steps)}
        {stepsPerSecond === null
          ? ""
          : `, ${WORDS.units.perSecond(rate(stepsPerSecond), WORDS.training.stepUnit)}`}
        {secondsLeft === null ? "" : `, ${WORDS.units.left(duration(secondsLeft))}`}
      </span>
      {progress === "running" && steps !== null ? (
        <progress value={step} max={steps} aria-label={WORDS.training.step(step, steps)} />
      ) : null}
    </div>
  );
}

function Panels({
  panels,
  colorOf,
}: {
  readonly panels: Curves["panels"];
  readonly colorOf: (stage: string) => number;
}) {
  const lineOf = (line: Curves["panels"][number]["lines"][number]): Line => ({
    name: `${line.training}, ${line.measure}`,
    color: colorOf(line.stage),
    ...{ dashed: line.dashed, steps: line.steps, values: line.values },
  });
  return (
    <>
      <div class="panels">
        {panels.map(({ title, lines }) => (
          <Chart key={title} title={title} lines={lines.map(lineOf)} />
        ))}
      </div>
      <details>
        <summary>{WORDS.training.latest}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{WORDS.training.measure}</th>
              <th scope="col" class="number">
                {WORDS.training.value}
              </th>
            </tr>
          </thead>
          <tbody>
            {panels
              .flatMap(({ lines }) => lines)
              .map((line) => (
                <tr key={`${line.stage} ${line.measure}`}>
                  <th scope="row">
                    {line.training}, {line.measure}
                  </th>
                  <td class="number">{score(line.values.at(-1) ?? null)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </>
  );
}
