import { asc, count, eq } from "drizzle-orm";
import type { Prompt } from "../../../records/prompt.js";
import { type Ledger, stream } from "../ledger.js";
import { promptRows, prompts, shards } from "../schema.js";
import type { PromptStore } from "../store.js";
import { findByStart } from "./find-by-start.js";

/** Columns of a prompt, for selects that join it. */
export const PROMPT_FIELDS = {
  promptId: prompts.id,
  text: prompts.text,
  metadata: prompts.metadata,
} as const;

export function promptStore(ledger: Ledger): PromptStore {
  const { orm } = ledger;
  return {
    find: (idStart) =>
      findByStart("prompt", idStart, prompts.id, (condition) =>
        orm
          .select(PROMPT_FIELDS)
          .from(prompts)
          .where(condition)
          .orderBy(prompts.id)
          .limit(2)
          .all()
          .map(toPrompt),
      ),
    iterate: function* (stageId) {
      const query = orm
        .select(PROMPT_FIELDS)
        .from(shards)
        .innerJoin(promptRows, eq(promptRows.shardId, shards.id))
        .innerJoin(prompts, eq(prompts.id, promptRows.promptId))
        .where(eq(shards.stageId, stageId))
        .orderBy(asc(shards.index), asc(promptRows.row));
      for (const row of stream(ledger, PROMPT_FIELDS, query)) yield toPrompt(row);
    },
    count: (stageId) => {
      const query = orm
        .select({ rows: count() })
        .from(promptRows)
        .innerJoin(shards, eq(promptRows.shardId, shards.id))
        .where(eq(shards.stageId, stageId));
      return query.get()?.rows ?? 0;
    },
  };
}

export function toPrompt(row: {
  readonly promptId: string;
  readonly text: string;
  readonly metadata: Prompt["metadata"] | null;
}): Prompt {
  const { promptId: id, text, metadata } = row;
  return metadata == null ? { id, text } : { id, text, metadata };
}
