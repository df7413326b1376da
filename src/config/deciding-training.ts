import type { TrainingConfig } from "./training-schema.js";

type Accompanying = "threads" | "checkpointEvery" | "keepCheckpoints" | "trackers";

/** What decides a training's result: all but threads, the rhythm of saving and who is told of it. */
export function decidingTraining(settings: TrainingConfig): Omit<TrainingConfig, Accompanying> {
  const { threads: _1, checkpointEvery: _2, keepCheckpoints: _3, trackers: _4, ...deciding } = settings;
  return deciding;
}
