import { CHECKPOINTS } from "../../../pipelines/paper/rows.js";
import type { RunConfig } from "../../../src/config/freeze-config.js";
import type { RunOptions } from "../../../src/runner/run/run-options.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";

/** The pipelines of the tables. */
export interface Study {
  readonly alignments: RunConfig;
  readonly tables: RunConfig;
  readonly curves: RunConfig;
}

/** What runs, in order. */
export interface StudyPart {
  readonly name: string;
  readonly config: RunConfig;
}

/**
 * The rows of the base come first, so that an early end leaves the half of the tables that says most; the run of the
 * tables grows to all of its rows when the aligned generators are there.
 */
export function partsOf({ alignments, tables, curves }: Study): StudyPart[] {
  return [
    { name: "tables, rows of the base", config: onlyRows(tables, CHECKPOINTS.none) },
    { name: "alignments", config: alignments },
    { name: "tables, all rows", config: tables },
    { name: "curves", config: curves },
  ];
}

/** Runs every part; what the workspace has is not run again. Calls `afterPart` when each is done. */
export async function runStudy(
  parts: readonly StudyPart[],
  options: RunOptions,
  afterPart: () => Promise<void>,
): Promise<void> {
  for (const [index, { name, config }] of parts.entries()) {
    options.progress?.note(`part ${index + 1} of ${parts.length}: ${name}`);
    await runPipeline(config, { ...options, source: `pipelines/${config.name}.ts` });
    await afterPart();
  }
}

/** The same study at the size of a test: three candidates, two images a task. Its numbers mean nothing. */
export function quickly({ alignments, tables, curves }: Study): Study {
  return { alignments: quick(alignments), tables: quick(tables), curves: quick(curves) };
}

function quick(config: RunConfig): RunConfig {
  const { evaluation, rounds } = config;
  return {
    ...config,
    sampler: { ...config.sampler, steps: 4 },
    rounds: rounds.map((round) => ({
      ...round,
      prompts: 18,
      candidates: { perPrompt: 4 },
      training: { ...round.training, steps: 2, batchPairs: 4 },
    })),
    evaluation: {
      ...evaluation,
      images: { perTask: 2 },
      rows: evaluation.rows.map((row) => ({ ...row, verifier: smaller(row.verifier) })),
      resamples: 200,
    },
  };
}

function smaller(verifier: RunConfig["evaluation"]["rows"][number]["verifier"]) {
  if (verifier.kind === "none") return verifier;
  const few = { ...verifier, n: Math.min(verifier.n, 3) };
  return "finishAtLeast" in few ? { ...few, finishAtLeast: 1 } : few;
}

function onlyRows(config: RunConfig, checkpoint: string): RunConfig {
  const rows = config.evaluation.rows.filter(
    ({ checkpoints }) => typeof checkpoints === "string" || checkpoints.fixed === checkpoint,
  );
  return { ...config, evaluation: { ...config.evaluation, rows } };
}
