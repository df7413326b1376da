import type { Curve } from "./read-curve.js";

/** docs/results/bundled-models.md. */
export function bundledModelsPage(trainings: Readonly<Record<string, Curve>>): string {
  const named = Object.entries(trainings);
  const kinds = [...new Set(named.flatMap(([, { looks }]) => Object.keys(looks.at(-1)?.told ?? {})))];
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [
    "# How the bundled models were trained",
    "",
    "Written by `npx tsx scripts/studies/bundled-models.ts` from the curves that `bash scripts/build/models.sh` leaves; figures in `bundled-models.json`. Recipes",
    "are in `scripts/build/recipes`; what they teach and why, in [decision 15](../decisions/0015-pre-training-that-teaches-composition.md). Time is the sum of the steps on one",
    "thread of one core that was not always free; samples decide the result, time does not.",
    "",
    row(["training", "samples", "steps", "minutes, one thread", ...kinds]),
    row(["---", ...Array.from({ length: kinds.length + 3 }, () => "---:")]),
    ...named.map(([name, { samples, steps, seconds, looks }]) => {
      const told = looks.at(-1)?.told ?? {};
      return row([
        ...[name, samples.toLocaleString("en"), steps.toLocaleString("en"), Math.round(seconds / 60)],
        ...kinds.map((kind) => told[kind]?.toFixed(2) ?? "-"),
      ]);
    }),
    "",
    "The last columns are the share of 150 true captions of validation scenes preferred to a caption that is false in one way, at the end (a generator prefers by",
    "likelihood under masks). On 1,000 scenes a kind of the held-out prompts, `data/models/measured-falsehoods.json`. On the way:",
    ...named.flatMap(([name]) => ["", `## ${name}`, "", `![What ${name} tells](bundled-models-${name}.svg)`]),
    "",
  ].join("\n");
}
