import { existsSync, readFileSync } from "node:fs";

/** What a training said of itself, at a number of samples. */
export interface Look {
  readonly samples: number;
  readonly validationLoss: number;
  /** Share of true captions preferred to a false one, by kind of falsehood. */
  readonly told: Readonly<Record<string, number>>;
}

export interface Curve {
  readonly samples: number;
  readonly steps: number;
  /** Sum over the steps, as long as each took where it was trained. */
  readonly seconds: number;
  readonly looks: readonly Look[];
}

type Line =
  | {
      readonly what: "progress";
      readonly step: number;
      readonly samples: number;
      readonly seconds_a_step: number;
    }
  | {
      readonly what: "look";
      readonly step: number;
      readonly samples: number;
      readonly validation_loss: number;
      readonly told: Readonly<Record<string, number>>;
    };

/** The curve that a training left; undefined where there is none. What it said twice, before and after a stop, counts as said last. */
export function readCurve(path: string): Curve | undefined {
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
  const speeds = new Map<number, number>();
  const looks = new Map<number, Look>();
  let [steps, samples] = [0, 0];
  for (const line of lines) {
    if (line.what === "progress") speeds.set(line.step, line.seconds_a_step);
    else {
      const { validation_loss: validationLoss, told } = line;
      looks.set(line.samples, { samples: line.samples, validationLoss, told });
    }
    if (line.step >= steps) [steps, samples] = [line.step, line.samples];
  }
  let [before, seconds] = [0, 0];
  for (const [step, speed] of [...speeds].toSorted(([one], [other]) => one - other)) {
    seconds += (step - before) * speed;
    before = step;
  }
  const last = [...speeds.values()].at(-1) ?? 0;
  return {
    samples,
    steps,
    seconds: Math.round(seconds + (steps - before) * last),
    looks: [...looks.values()],
  };
}
