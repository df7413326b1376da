import type { Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import type { Family } from "../../families/family.js";
import type { StagePlace } from "../../stages/running/stage-place.js";
import type { RunModels } from "../models/open-models.js";
import type { StageContext } from "./round-stages.js";
import type { RunPrompts } from "./run-prompts.js";

/** A run under way: what all of its rounds share. */
export interface RunContext {
  readonly config: RunConfig;
  readonly store: Store;
  readonly models: RunModels;
  readonly prompts: RunPrompts;
  /** Folder of the bundled models. */
  readonly bundledModels: string;
  /** Trains a round: the family, or the cluster that computes the shards as well. */
  readonly train: Family["train"];
  /** Where the stages of a round run; round 0 is the base's. */
  place(round: number): StagePlace;
}

/** What the stages of a round are composed from. */
export function roundContext(run: RunContext, round: number): StageContext {
  return { config: run.config, models: run.models, place: run.place(round) };
}
