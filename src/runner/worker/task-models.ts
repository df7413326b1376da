import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import type { ModelsConfig } from "../../config/schema/models.js";
import type { Family } from "../../families/family.js";
import { closeAll } from "../../records/closing.js";
import type { Cut } from "../../records/cut.js";
import type { Detector, ImageDecoder, Judge } from "../../records/seams.js";
import { forEachQuestion, judgeByQuestion } from "../../search/judges/by-question.js";
import { detectorJudge } from "../../search/judges/detector-judge.js";
import { ensembleJudge } from "../../search/judges/ensemble.js";
import { checkedFolder } from "../../stages/checkpoints/find-checkpoint.js";
import type { CandidateSource } from "../../stages/sampling/wanted-candidates.js";
import type { ShardTask } from "../executors/task.js";
import { ModelCache, type Openable } from "../models/model-cache.js";
import type { CheckpointReference, JudgeReference } from "../models/model-references.js";

/** Generators and tokenizers kept open: this round's and the last one's. */
const KEPT = 2;

/** Opens the models that tasks name, and keeps the last used open for the next task. */
export class TaskModels {
  readonly #openFamily: (models: ModelsConfig) => Family;
  readonly #signal: AbortSignal;
  readonly #families = new Map<string, { readonly family: Family; readonly cache: ModelCache }>();

  constructor(openFamily: (models: ModelsConfig) => Family, signal: AbortSignal) {
    this.#openFamily = openFamily;
    this.#signal = signal;
  }

  detector(task: ShardTask): Promise<Detector> {
    return this.#of(task).cache.detector();
  }

  /** Throws CheckpointError, with its first candidate, when the weights are not those that the task names. */
  async source(task: ShardTask): Promise<CandidateSource> {
    const { generator, settings, slots } = task;
    if (generator === null) throw new Error(`Task ${task.id} samples, but names no generator.`);
    const { cache } = this.#of(task);
    const tokenizer = this.#openable(task, task.tokenizer, "tokenizer");
    const source = cache.source(this.#openable(task, generator, "generator"), { settings, slots, tokenizer });
    await cache.keepLast(KEPT);
    return source;
  }

  decoder(task: ShardTask): Promise<ImageDecoder> {
    return this.#of(task).cache.decoder(this.#openable(task, task.tokenizer, "tokenizer"));
  }

  async judge(task: ShardTask, reference: JudgeReference): Promise<Judge> {
    if (reference.by === "detector") return detectorJudge(await this.detector(task));
    if (reference.by === "checkpoint") return this.#single(task, reference.checkpoint);
    if (reference.by === "settings")
      throw new Error(`Task ${task.id} asks a judge that is asked by its coordinator alone.`);
    if (reference.by === "question") {
      const asked = await forEachQuestion(reference.members, (one) => this.judge(task, one));
      return judgeByQuestion(await this.judge(task, reference.otherwise), asked);
    }
    const members = await Promise.all(reference.members.map((one) => this.#single(task, one)));
    return ensembleJudge(members, reference.rule);
  }

  /** What the models cut since this was last asked. */
  cut(): Cut[] {
    return [...this.#families.values()].flatMap(({ family }) => family.cuts?.taken() ?? []);
  }

  async close(): Promise<void> {
    const opened = [...this.#families.values()];
    await closeAll([...opened.map(({ cache }) => cache), ...opened.map(({ family }) => family)]);
  }

  #of({ family: models, workspace }: ShardTask) {
    const key = JSON.stringify([models, workspace]);
    const known = this.#families.get(key);
    if (known !== undefined) return known;
    const family = this.#openFamily(models);
    const opened = { family, cache: new ModelCache(family, workspace, this.#signal) };
    this.#families.set(key, opened);
    return opened;
  }

  #single(task: ShardTask, reference: CheckpointReference): Promise<Judge> {
    return this.#of(task).cache.judge(this.#openable(task, reference, "judge"));
  }

  /** Its files are checked against their hashes, and its identity against the task's, when it is opened. */
  #openable(task: ShardTask, reference: CheckpointReference, kind: CheckpointKind): Openable {
    const { workspace: root, models } = task;
    const { outside } = this.#of(task).family;
    return {
      identity: reference.identity,
      folder: () => checkedFolder(reference, kind, { root, models, outside }),
    };
  }
}
