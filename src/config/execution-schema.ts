import type { z } from "zod";
import { atLeastZero, positive, section, wholeAtLeast } from "./fields.js";

/**
 * How shards are computed beside the coordinator (`--executor`). Nothing of it changes a result, so it may differ
 * whenever a run goes on.
 */
export const execution = section({
  /** Worker processes; null takes as many as a cluster, or this machine's graphics cards, have room for. */
  workers: wholeAtLeast(1).nullable().default(null),
  /**
   * What one worker is given: cores, graphics cards (a fraction shares one; 1 by default for a family that runs on them),
   * and memory; null asks for no memory.
   */
  cpus: positive().default(1),
  gpus: atLeastZero().default(0),
  memoryGigabytes: positive().nullable().default(null),
  /** Tries of a shard, and starts of a training, before it is given up. */
  attempts: wholeAtLeast(1).default(3),
  /** A shard that takes longer counts as hanging; its worker is ended. */
  shardMinutes: positive().default(60),
}).prefault({});

export type ExecutionConfig = z.output<typeof execution>;
