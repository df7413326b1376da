import type { z } from "zod";
import { MOST } from "../limits.js";
import { positive, section, whole, within } from "./fields.js";

export const execution = section({
  workers: whole(1, MOST.workers)
    .nullable()
    .default(null)
    .describe(
      "Worker processes; null takes as many as a cluster, or this machine's graphics cards, have room for.",
    ),
  cpus: positive(MOST.threads).default(1).describe("Cores that one worker is given."),
  gpus: within(0, MOST.threads)
    .default(0)
    .describe(
      "Graphics cards of one worker: a fraction shares one; 1 by default for a family that runs on them.",
    ),
  memoryGigabytes: positive(MOST.gigabytes)
    .nullable()
    .default(null)
    .describe("Memory of one worker; null asks for none."),
  attempts: whole(1, MOST.attempts)
    .default(3)
    .describe("Tries of a shard, and starts of a training, before it is given up."),
  shardMinutes: positive(MOST.minutes)
    .default(60)
    .describe("A shard that takes longer counts as hanging; its worker is ended."),
})
  .prefault({})
  .describe(
    "How shards are computed beside the coordinator (`--executor`). Nothing of it changes a result, so it may differ whenever a run goes on.",
  );

export type ExecutionConfig = z.output<typeof execution>;
