import { and, asc, eq, getTableColumns, sql } from "drizzle-orm";
import { pairSetHash } from "../ids.js";
import { type Ledger, stream } from "../ledger.js";
import { pairs, shards } from "../schema.js";
import type { PairStore } from "../store.js";
import { findByStart } from "./find-by-start.js";

const FIELDS = { ...getTableColumns(pairs), file: shards.file, sha256: shards.sha256 } as const;

export function pairStore(ledger: Ledger): PairStore {
  const { orm } = ledger;
  const select = () =>
    orm.select(FIELDS).from(pairs).innerJoin(shards, eq(shards.id, pairs.shardId)).$dynamic();
  return {
    find: (idStart) =>
      findByStart("pair", idStart, pairs.id, (condition) => {
        // One pair may be in several sets: the oldest stands for it.
        const isFirst = sql`${pairs.shardId} = (
          SELECT min("place"."shard_id") FROM "pairs" "place" WHERE "place"."id" = ${pairs.id})`;
        return select().where(and(condition, isFirst)).orderBy(pairs.id).limit(2).all();
      }),
    iterate: (stageId, shardIndex) => {
      const inShard = shardIndex === undefined ? undefined : eq(shards.index, shardIndex);
      const query = select()
        .where(and(eq(shards.stageId, stageId), inShard))
        .orderBy(asc(shards.index), asc(pairs.row));
      return stream(ledger, FIELDS, query);
    },
    ofPrompt: (promptId) => {
      const query = select().where(eq(pairs.promptId, promptId)).orderBy(asc(pairs.shardId), asc(pairs.row));
      return stream(ledger, FIELDS, query);
    },
    setHash: (stageId) => pairSetHash(sortedIds(ledger, stageId)),
    inStage: (stageId, id) =>
      select()
        .where(and(eq(pairs.id, id), eq(shards.stageId, stageId)))
        .get(),
  };
}

function* sortedIds(ledger: Ledger, stageId: string): Generator<string> {
  const fields = { id: pairs.id };
  const query = ledger.orm
    .select(fields)
    .from(pairs)
    .innerJoin(shards, eq(shards.id, pairs.shardId))
    .where(eq(shards.stageId, stageId))
    .orderBy(asc(pairs.id));
  for (const { id } of stream(ledger, fields, query)) yield id;
}
