import type { Plan } from "../runner/planning/plan-pipeline.js";
import type { PlannedStage } from "../runner/planning/planned-stage.js";
import type { RunResult } from "../runner/run/run-options.js";
import { defineCommand, toggle } from "./command.js";
import { describeEstimate } from "./estimate-text.js";
import { EXECUTOR_FLAGS, executorOf } from "./executor-flags.js";
import { judgingText } from "./judging-text.js";
import { prepare } from "./prepare.js";

export const run = defineCommand({
  name: "run",
  summary: "run a pipeline to its comparison, or go on with it",
  examples: [
    "espalier run quickstart",
    "espalier run my-experiment/pipeline.ts --plan",
    "espalier run quickstart --workers 2",
  ],
  positionals: [{ name: "pipeline", describe: "name in pipelines/, or a file", required: true }],
  flags: {
    plan: toggle("say what would run and what is done, and run nothing"),
    ...EXECUTOR_FLAGS,
  },
  resumable: true,
  async run([pipeline = ""], { plan, ...flags }, context) {
    const { workspace, home, progress, signal } = context;
    // All before the pipeline's file, which may bring a hook that makes every later import slower.
    const [{ loadPipeline }, { planPipeline }, { runPipeline }] = await Promise.all([
      import("../runner/pipelines/load-pipeline.js"),
      import("../runner/planning/plan-pipeline.js"),
      import("../runner/run/run-pipeline.js"),
    ]);
    const { config, source } = await loadPipeline(pipeline);
    if (plan) {
      const planned = await planPipeline(config, { workspace, home, workers: flags.workers });
      return { data: planned, text: describePlan(planned) };
    }
    const executor = executorOf(flags);
    const trains = config.rounds.length > 0 && executor.kind !== "ray";
    await prepare(config.models, trains ? ["sampling", "training"] : ["sampling"], context);
    const result = await runPipeline(config, { workspace, source, home, progress, signal, executor });
    return { data: dataOf(result), text: describe(result) };
  },
});

function dataOf({ run, comparison, rounds, files }: RunResult) {
  return { run, ...comparison, rounds, files };
}

function describe({ table, files }: RunResult): string {
  return `${table}\n\nReport: ${files.report}\nAs data: ${files.summary}`;
}

function describePlan({ run, workspace, toFetch, stages, images, estimate, judging }: Plan): string {
  const width = Math.max(...stages.map(({ name }) => name.length));
  const line = ({ round, name, what, state, shards }: PlannedStage) =>
    `  ${round === 0 ? "base   " : `round ${round}`}  ${name.padEnd(width)}  ${state.padEnd(6)}  ${what}` +
    (state === "partly" && shards ? ` (${shards.done} of ${shards.planned} shards done)` : "");
  const left = `${images.left} of ${images.total} images are left to sample. Nothing was run.`;
  const missing = toFetch.map((name) => `  to fetch first: ${name}`);
  const head = [`${run} in ${workspace}`, ...missing];
  const asked = judging.map(judgingText);
  return [...head, ...stages.map(line), left, ...asked, describeEstimate(estimate)].join("\n");
}
