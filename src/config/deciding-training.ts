import type { TrainingConfig } from "./training-schema.js";

type Accompanying = "threads" | "checkpointEvery" | "keepCheckpoints" | "trackers";

/**
 * What decides a training's result: all but threads, the rhythm of saving and who is told of it. Draws that are not
 * balanced go without saying, so that trainings from before they could be are known again.
 */
export function decidingTraining(
  settings: TrainingConfig,
): Omit<TrainingConfig, Accompanying | "balance"> & Partial<Pick<TrainingConfig, "balance">> {
  const { threads: _1, checkpointEvery: _2, keepCheckpoints: _3, trackers: _4, ...deciding } = settings;
  const { balance, ...rest } = deciding;
  return balance === "none" ? rest : { ...rest, balance };
}
