import type { Candidate } from "../../records/candidate.js";
import type { ShardOrder } from "./distributable-shards.js";

/** One try of one shard. */
export interface ShardRequest {
  readonly stage: { readonly id: string; readonly name: string };
  readonly index: number;
  /** From 1. */
  readonly attempt: number;
  readonly order: ShardOrder;
  /** Identities of the models, as the stage names them. */
  readonly checkpoint: string | null;
  readonly judge: string | null;
}

/** A shard that came back and was checked; its file, where it has one, lies in its place. */
export interface ComputedShard {
  readonly candidates: readonly Candidate[];
  readonly data: unknown;
  /** Relative to the workspace root. */
  readonly file?: { readonly file: string; readonly sha256: string };
  /** Wall time of the worker. */
  readonly seconds: number;
}

/** Computes shards in other processes, on this machine or elsewhere. */
export interface ShardExecutor {
  /** Tries of a shard before it is set aside. */
  readonly attempts: number;
  /** Shards worth having under way at once; may change as workers come and go. */
  width(): number;
  /** Throws ShardFault where another try may help, and any other error where none would. */
  compute(request: ShardRequest): Promise<ComputedShard>;
}

/** A try of a shard that failed: its worker died, it threw, or it came back damaged. */
export class ShardFault extends Error {
  constructor(
    reason: string,
    /** As "host pid". */
    readonly worker: string | null = null,
  ) {
    super(reason);
    this.name = "ShardFault";
  }
}
