import { z } from "zod";

export const progress = z.enum(["running", "finished", "failed", "stopped", "interrupted"]);

export const stage = z.object({
  id: z.string(),
  round: z.number(),
  name: z.string(),
  progress,
  startedAt: z.number().describe("milliseconds since 1970"),
  finishedAt: z.number().nullable(),
  title: z.string().nullable().describe("what people call it"),
  note: z.string().nullable(),
  settings: z.array(z.string()).describe("what sets it apart from others of its name"),
  counts: z.array(z.string()).describe("what it came to"),
  advance: z
    .object({
      unit: z.string(),
      done: z.number(),
      total: z.number(),
      perSecond: z.number().nullable(),
      secondsLeft: z.number().nullable(),
      detail: z.string(),
    })
    .nullable()
    .describe("how far it is inside of its shards"),
  shards: z.object({ done: z.number(), planned: z.number().nullable() }),
  rows: z.number().describe("of the shards that are done"),
  pace: z.object({ shardsPerSecond: z.number(), secondsLeft: z.number() }).nullable(),
  faults: z.object({ tries: z.number(), setAside: z.number() }),
  message: z.string().nullable().describe("why it failed or stopped"),
  summary: z.record(z.string(), z.unknown()).nullable(),
  inputs: z.record(z.string(), z.unknown()),
  command: z.string().nullable().describe("the line that makes it again"),
});

export const run = z.object({
  id: z.string(),
  pipeline: z.string(),
  progress,
  message: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
  stages: z.array(stage),
});

export const runs = z.object({ workspace: z.string(), isWritten: z.boolean(), runs: z.array(run) });

/** A training and how far it is. */
export const training = z.object({
  stage: z.string(),
  name: z.string().describe("run and round"),
  progress,
  step: z.number(),
  steps: z.number().nullable(),
  stepsPerSecond: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  checkpoint: z.string().nullable(),
});
export const trainings = z.object({ trainings: z.array(training) });

export const curvesQuery = z.object({
  stages: z.string().default("").describe("ids of training stages, with commas between them; none takes all"),
});

/** What trainings measured, panel by panel, a line a measure and training. */
export const curves = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      lines: z.array(
        z.object({
          stage: z.string(),
          training: z.string(),
          measure: z.string(),
          dashed: z.boolean(),
          steps: z.array(z.number()),
          values: z.array(z.number()),
        }),
      ),
    }),
  ),
});

export type Stage = z.infer<typeof stage>;
export type Run = z.infer<typeof run>;
export type Runs = z.infer<typeof runs>;
export type Training = z.infer<typeof training>;
export type Trainings = z.infer<typeof trainings>;
export type Curves = z.infer<typeof curves>;
