import { z } from "zod";
import type { ModelsConfig } from "../../config/schema/models.js";
import type { SamplerSettings } from "../../records/candidate.js";
import { cutSchema } from "../../records/cut.js";
import type { ShardOrder } from "../../stages/running/distributable-shards.js";
import type { CheckpointReference, JudgeReference } from "../models/model-references.js";

/** All that a process needs to compute one shard. It is sent as one line of JSON. */
export interface ShardTask {
  /** The same for the same work: stage, index and a hash of the order. */
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** Absolute root of the workspace, and folder of the bundled models. */
  readonly workspace: string;
  readonly models: string;
  /** The family that opens the models. */
  readonly family: ModelsConfig;
  /** Where its file goes, relative to the workspace root. */
  readonly output: string;
  /** What is finished of it when its worker ends too early, relative to the workspace root. */
  readonly unfinished: string;
  /** Null where nothing is sampled. */
  readonly generator: CheckpointReference | null;
  readonly settings: SamplerSettings;
  /** Paths advanced together in one forward pass. */
  readonly slots: number;
  readonly tokenizer: CheckpointReference;
  /** Null where nobody is asked. */
  readonly judge: JudgeReference | null;
  readonly order: ShardOrder;
}

const head = {
  id: z.string(),
  attempt: z.int().min(1),
  worker: z.string(),
  seconds: z.number().min(0),
  /** Texts that models of the worker read the beginning of alone, since its last receipt. */
  cut: z.array(cutSchema).optional(),
};

/** What came of a task, as one line of JSON. */
export const receiptSchema = z.union([
  z.strictObject({
    ...head,
    done: z.strictObject({
      /** Null for a shard without candidates. */
      file: z.string().nullable(),
      sha256: z.string().nullable(),
      rows: z.int().min(0),
      /** What the ledger keeps of each row of the file, in order. */
      candidates: z.array(z.looseObject({ id: z.string() })),
      data: z.unknown(),
    }),
  }),
  z.strictObject({ ...head, fault: z.string() }),
]);

export type Receipt = z.output<typeof receiptSchema>;
