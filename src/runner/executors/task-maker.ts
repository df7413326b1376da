import type { ModelsConfig } from "../../config/schema/models.js";
import { unfinishedFile, type Workspace } from "../../paths.js";
import type { SamplerSettings } from "../../records/candidate.js";
import type { Cuts } from "../../records/cut.js";
import { hashOf } from "../../stages/hash.js";
import type { ShardRequest } from "../../stages/running/executor.js";
import type { CheckpointReference, ModelReferences } from "../models/model-references.js";
import type { ShardTask } from "./task.js";

/** What all tasks of a run have in common. */
export interface TaskSettings {
  readonly workspace: Workspace;
  /** Absolute folder of the bundled models. */
  readonly models: string;
  readonly family: ModelsConfig;
  readonly settings: SamplerSettings;
  readonly slots: number;
  readonly tokenizer: CheckpointReference;
  readonly references: ModelReferences;
  /** Where texts that workers cut are kept. */
  readonly cuts?: Cuts | undefined;
}

/** The task of a request. `inbox` is the folder, below the workspace, where its file is looked for. */
export function taskOf(shared: TaskSettings, request: ShardRequest, inbox: string): ShardTask {
  const { workspace, models, family, settings, slots, tokenizer, references } = shared;
  const { stage, index, attempt, order, checkpoint, judge } = request;
  const id = `${stage.name}-${stage.id}-${index}-${hashOf({ order, checkpoint, judge, settings }).slice(0, 12)}`;
  return {
    id,
    attempt,
    workspace: workspace.root,
    models,
    family,
    output: `${inbox}/${id}-${attempt}.arrow`,
    unfinished: unfinishedFile(stage, index),
    generator: checkpoint === null ? null : references.checkpoint(checkpoint),
    settings,
    slots,
    tokenizer: { identity: tokenizer.identity, location: tokenizer.location },
    judge: judge === null ? null : references.judge(judge),
    order,
  };
}
