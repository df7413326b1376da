import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import type { ModelsConfig } from "../../config/models-schema.js";
import type { Family } from "../../families/family.js";
import { type Closable, closeAll } from "../../records/closing.js";
import type { Cut } from "../../records/cut.js";
import type { Detector, ImageDecoder, Judge } from "../../records/seams.js";
import { detectorJudge } from "../../search/judges/detector-judge.js";
import { ensembleJudge } from "../../search/judges/ensemble.js";
import { rememberingJudge } from "../../search/judges/remembering-judge.js";
import { checkedFolder } from "../../stages/checkpoints/find-checkpoint.js";
import { searchSource } from "../../stages/sampling/search-source.js";
import type { CandidateSource } from "../../stages/sampling/wanted-candidates.js";
import type { ShardTask } from "../executors/task.js";
import type { CheckpointReference, JudgeReference } from "../models/model-references.js";

/** Models of one kind kept open: this round's and the last one's. */
const KEPT = 2;

/** Opens the models that tasks name, and keeps the last used open for the next task. */
export class ToolShelf {
  readonly #openFamily: (models: ModelsConfig) => Family;
  readonly #signal: AbortSignal;
  readonly #families = new Map<string, Family>();
  readonly #detectors = new Map<Family, Promise<Detector>>();
  readonly #kept = new Map<string, Map<string, Promise<Closable>>>();

  constructor(openFamily: (models: ModelsConfig) => Family, signal: AbortSignal) {
    this.#openFamily = openFamily;
    this.#signal = signal;
  }

  detector(task: ShardTask): Promise<Detector> {
    const family = this.#family(task);
    const opened = this.#detectors.get(family) ?? Promise.resolve(family.openDetector());
    this.#detectors.set(family, opened);
    return opened;
  }

  /** Throws CheckpointError when the weights are not those that the task names. */
  source(task: ShardTask): Promise<CandidateSource> {
    const { generator, settings, slots } = task;
    if (generator === null) throw new Error(`Task ${task.id} samples, but names no generator.`);
    return this.#keep("generator", JSON.stringify([generator, settings, slots]), async () => {
      const folder = await this.#folder(task, generator, "generator");
      const open = async () =>
        this.#family(task).openSampler(folder, { decoder: await this.decoder(task), settings, slots });
      return searchSource({ checkpoint: generator.identity, settings, open, signal: this.#signal });
    });
  }

  decoder(task: ShardTask): Promise<ImageDecoder> {
    return this.#keep("tokenizer", task.tokenizer.identity, async () =>
      this.#family(task).openDecoder(await this.#folder(task, task.tokenizer, "tokenizer")),
    );
  }

  async judge(task: ShardTask, reference: JudgeReference): Promise<Judge> {
    if (reference.by === "detector") return detectorJudge(await this.detector(task));
    if (reference.by === "checkpoint") return this.#single(task, reference.checkpoint);
    const members = await Promise.all(reference.members.map((one) => this.#single(task, one)));
    return ensembleJudge(members, reference.rule);
  }

  /** What the models cut since this was last asked. */
  cut(): Cut[] {
    return [...this.#families.values()].flatMap(({ cuts }) => cuts?.taken() ?? []);
  }

  async close(): Promise<void> {
    const models = [...this.#kept.values()].flatMap((kept) => [...kept.values()]);
    this.#kept.clear();
    await closeAll([...models, ...this.#families.values()]);
  }

  #family({ family }: ShardTask): Family {
    const key = JSON.stringify(family);
    const opened = this.#families.get(key) ?? this.#openFamily(family);
    this.#families.set(key, opened);
    return opened;
  }

  #single(task: ShardTask, reference: CheckpointReference): Promise<Judge> {
    return this.#keep("judge", reference.identity, async () =>
      rememberingJudge(await this.#family(task).openJudge(await this.#folder(task, reference, "judge"))),
    );
  }

  /** The folder of a checkpoint, its files checked against their hashes and its identity against the task's. */
  #folder(task: ShardTask, reference: CheckpointReference, kind: CheckpointKind): Promise<string> {
    const { workspace: root, models } = task;
    return checkedFolder(reference, kind, { root, models, outside: this.#family(task).outside });
  }

  async #keep<Thing extends Closable>(kind: string, key: string, open: () => Promise<Thing>): Promise<Thing> {
    const kept = this.#kept.get(kind) ?? new Map<string, Promise<Closable>>();
    this.#kept.set(kind, kept);
    const opened = (kept.get(key) as Promise<Thing> | undefined) ?? open();
    // Map keeps insertion order: the first key is the longest unused. An ensemble's judges all stay.
    kept.delete(key);
    kept.set(key, opened);
    const [oldest] = kept.keys();
    if (kind !== "judge" && kept.size > KEPT && oldest !== undefined) {
      const old = kept.get(oldest);
      kept.delete(oldest);
      await closeAll([old]);
    }
    opened.catch(() => kept.delete(key));
    return opened;
  }
}
