/** A stage before it runs. */
export interface PlannedWork {
  readonly round: number;
  /** Its name in the ledger. */
  readonly name: string;
  /** In words: "200 prompts x 8 candidates". */
  readonly what: string;
  /** Images it will sample, or begin and perhaps cut; those that an earlier stage of the run samples are not counted again. */
  readonly samples: number;
  /** What its progress counts (images, steps, prompts), what measured costs are per unit of; at most, before pairs are mined. */
  readonly units: number;
  /** Who is asked about how many pictures, by the names in the settings; absent where nobody is. */
  readonly asks?: { readonly judges: readonly string[]; readonly pictures: number; readonly prompts: number };
}

export interface PlannedStage extends PlannedWork {
  readonly state: "done" | "partly" | "to do";
  /** Shards done and in all; null while the stage was not begun. */
  readonly shards: { readonly done: number; readonly planned: number } | null;
}
