import { asc, count, eq, getTableColumns, sql } from "drizzle-orm";
import { type Ledger, stream } from "../ledger.js";
import { searches, shards } from "../schema.js";
import type { SearchStore } from "../store.js";
import { placedCandidates } from "./candidates.js";

const FIELDS = getTableColumns(searches);
const COSTS = {
  searches: count(),
  nfe: total(searches.nfe),
  sampledNfe: total(searches.sampledNfe),
  judgeCalls: total(searches.judgeCalls),
  failedVerdicts: total(searches.failedVerdicts),
  seconds: total(searches.seconds),
};

export function searchStore(ledger: Ledger): SearchStore {
  const { orm } = ledger;
  return {
    iterate: (stageId) => {
      const query = orm
        .select(FIELDS)
        .from(searches)
        .innerJoin(shards, eq(shards.id, searches.shardId))
        .where(eq(searches.stageId, stageId))
        .orderBy(asc(shards.index), asc(searches.firstRow), asc(searches.promptId), asc(searches.attempt));
      return stream(ledger, FIELDS, query);
    },
    paths: ({ shardId, firstRow, paths }) => placedCandidates(ledger, shardId, firstRow, paths),
    costs: (stageId) => {
      const row = orm.select(COSTS).from(searches).where(eq(searches.stageId, stageId)).get();
      if (row === undefined) throw new Error(`No costs of stage ${stageId}.`);
      return row;
    },
  };
}

function total(
  column: (typeof searches)["nfe" | "sampledNfe" | "judgeCalls" | "failedVerdicts" | "seconds"],
) {
  return sql<number>`coalesce(sum(${column}), 0)`;
}
