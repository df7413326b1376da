import type { z } from "zod";
import { positive, section, whole, within } from "./fields.js";
import { MOST } from "./limits.js";

/**
 * How shards are computed beside the coordinator (`--executor`). Nothing of it changes a result, so it may differ
 * whenever a run goes on.
 */
export const execution = section({
  /** Worker processes; null takes as many as a cluster, or this machine's graphics cards, have room for. */
  workers: whole(1, MOST.workers).nullable().default(null),
  /**
   * What one worker is given: cores, graphics cards (a fraction shares one; 1 by default for a family that runs on them),
   * and memory; null asks for no memory.
   */
  cpus: positive(MOST.threads).default(1),
  gpus: within(0, MOST.threads).default(0),
  memoryGigabytes: positive(MOST.gigabytes).nullable().default(null),
  /** Tries of a shard, and starts of a training, before it is given up. */
  attempts: whole(1, MOST.attempts).default(3),
  /** A shard that takes longer counts as hanging; its worker is ended. */
  shardMinutes: positive(MOST.minutes).default(60),
}).prefault({});

export type ExecutionConfig = z.output<typeof execution>;
