import type { CandidateFiles } from "../../adapters/arrow/index.js";
import type { Journal } from "../../adapters/journal.js";
import type { ShardWriter } from "../../adapters/store/index.js";
import type { PictureFiles } from "../../pictures/picture-files.js";
import type { Candidate } from "../../records/candidate.js";
import type { GridImage } from "../../records/image.js";
import type { Prompt } from "../../records/prompt.js";
import type { Detector, Judge } from "../../records/seams.js";
import type { CandidateSource } from "../sampling/wanted-candidates.js";

/**
 * All that one shard takes, as JSON: what is to be made, and what of it the workspace has already. With the models that
 * it names and the workspace's folder, any process can compute it, and every one gets the same.
 */
export interface ShardOrder {
  /** Names the code that computes it. */
  readonly kind: "candidates" | "evaluation" | "scores" | "search" | "wait";
}

/** The models behind an order, opened. */
export interface ShardTools {
  readonly source: CandidateSource;
  readonly judge: Judge | null;
  readonly detector: Detector;
  readonly files: CandidateFiles;
  /** An image from its token grid. */
  readonly image: (tokens: Uint16Array) => GridImage;
  readonly pictures: PictureFiles;
}

/** What a shard came to: candidates for its file, and JSON for the ledger. */
export interface ShardProduct<Data = unknown> {
  /** The rows of the shard's file, in order; no file without any. */
  readonly candidates: readonly Candidate[];
  /** Their prompts, in any order. */
  readonly prompts: readonly Prompt[];
  readonly data: Data;
}

/** Says that so many more units are done. */
export type OnDone = (units: number) => void;

/** The shards of a stage that may be computed elsewhere. The ledger is read for the order and written by `record`, here. */
export interface DistributableShards<Order extends ShardOrder = ShardOrder, Data = unknown> {
  /** Identity of the generator that is sampled; null where none is. */
  readonly checkpoint: string | null;
  /** Identity of the judge; null where none is asked. */
  readonly judge: string | null;
  order(index: number): Order;
  /** Reads no ledger. What it finishes goes to the journal, and what that has is not done again. */
  compute(order: Order, onDone: OnDone, journal: Journal): Promise<ShardProduct<Data>>;
  /** Looks at the product as a whole before it is kept. Throws where it cannot be. */
  check?(product: ShardProduct<Data>): void;
  /** Rows of the shard where it has no file; the number of its candidates unless given. */
  rows?(product: ShardProduct<Data>): number;
  record(writer: ShardWriter, product: ShardProduct<Data>): void;
}

/** Forgets the types of order and data: whoever runs a stage only passes them on. */
export function distributable<Order extends ShardOrder, Data>(
  shards: DistributableShards<Order, Data>,
): DistributableShards {
  return shards as unknown as DistributableShards;
}
