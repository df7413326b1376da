import { existsSync } from "node:fs";
import { join } from "node:path";
import { and, asc, count, desc, eq, gt, sql, sum } from "drizzle-orm";
import { StoreError } from "../../../errors.js";
import { resolveInside } from "../../../paths.js";
import type { Ledger } from "../ledger.js";
import type { ShardRow } from "../rows.js";
import { shardFaults, shards, stages } from "../schema.js";
import { shardWriter } from "../shard-writer.js";
import type { ShardResult, ShardStore, ShardWriter } from "../store.js";

export function shardStore(ledger: Ledger): ShardStore {
  return { ...shardRows(ledger), ...shardCosts(ledger), ...shardFaultStore(ledger) };
}

function shardRows(
  ledger: Ledger,
): Pick<ShardStore, "find" | "isDone" | "forget" | "commit" | "list" | "progress"> {
  const { orm } = ledger;
  const find = (stageId: string, index: number) =>
    orm.select().from(shards).where(isShard(stageId, index)).get();
  return {
    find,
    isDone: (stageId, index) => {
      const row = find(stageId, index);
      return row !== undefined && (row.file === null || existsSync(join(ledger.workspace.root, row.file)));
    },
    forget: (stageId, index) =>
      ledger.write(() => {
        orm.delete(shards).where(isShard(stageId, index)).run();
      }),
    commit: (stageId, index, result, write) =>
      ledger.write(() => {
        orm.delete(shards).where(isShard(stageId, index)).run();
        const shard = orm
          .insert(shards)
          .values(shardRow(ledger, stageId, index, result))
          .returning()
          .get();
        if (write !== undefined) runSynchronously(write, shardWriter(ledger, shard), shard);
        return shard;
      }),
    list: (stageId) =>
      orm.select().from(shards).where(eq(shards.stageId, stageId)).orderBy(asc(shards.index)).all(),
    progress: (stageId) => {
      const fields = { shards: count(), rows: sum(shards.rows).mapWith(Number) };
      const row = orm.select(fields).from(shards).where(eq(shards.stageId, stageId)).get();
      return { shards: row?.shards ?? 0, rows: row?.rows ?? 0 };
    },
  };
}

function shardCosts(ledger: Ledger): Pick<ShardStore, "measure" | "latest" | "measured"> {
  const { orm } = ledger;
  return {
    measure: (stageId, index, costs) =>
      ledger.write(() => {
        orm.update(shards).set(costs).where(isShard(stageId, index)).run();
      }),
    latest: (stageId, limit) =>
      orm
        .select({ at: shards.committedAt })
        .from(shards)
        .where(eq(shards.stageId, stageId))
        .orderBy(desc(shards.committedAt))
        .limit(limit)
        .all()
        .map(({ at }) => at),
    measured: () =>
      orm
        .select({
          name: stages.name,
          shards: count(),
          units: sum(shards.units).mapWith(Number),
          seconds: sum(shards.seconds).mapWith(Number),
          bytes: sum(sql`coalesce(${shards.bytes}, 0)`).mapWith(Number),
        })
        .from(shards)
        .innerJoin(stages, eq(stages.id, shards.stageId))
        .where(gt(shards.units, 0))
        .groupBy(stages.name)
        .all(),
  };
}

function shardFaultStore(ledger: Ledger): Pick<ShardStore, "fault" | "faults"> {
  const { orm } = ledger;
  return {
    fault: (fault) =>
      ledger.write(() => {
        orm
          .insert(shardFaults)
          .values({ ...fault, failedAt: ledger.now() })
          .run();
      }),
    faults: (stageId) =>
      orm
        .select()
        .from(shardFaults)
        .where(eq(shardFaults.stageId, stageId))
        .orderBy(asc(shardFaults.id))
        .all(),
  };
}

function isShard(stageId: string, index: number) {
  return and(eq(shards.stageId, stageId), eq(shards.index, index));
}

function shardRow(ledger: Ledger, stageId: string, index: number, result: ShardResult) {
  if (result.file !== undefined && !existsSync(resolveInside(ledger.workspace.root, result.file))) {
    throw new StoreError(
      `Shard ${index} of stage ${stageId} names ${result.file}, which is not in ${ledger.workspace.root}: ` +
        "expected the file to be in place before its row.",
    );
  }
  const { file = null, sha256 = null, rows } = result;
  return { stageId, index, file, sha256, rows, committedAt: ledger.now() };
}

/** better-sqlite3 commits when the callback returns: what an async one writes later would be outside. */
function runSynchronously(write: (writer: ShardWriter) => void, writer: ShardWriter, shard: ShardRow): void {
  const returned: unknown = write(writer);
  if (returned instanceof Promise) {
    returned.catch(() => undefined);
    throw new StoreError(
      `Shard ${shard.index} of stage ${shard.stageId}: expected a synchronous callback, got an async one. ` +
        "Await everything first, then commit.",
    );
  }
}
