import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { gridHash, pairId, settingsHash } from "./ids.js";
import type { Ledger } from "./ledger.js";
import type { ShardRow } from "./rows.js";
import {
  artifacts,
  candidateRows,
  candidates,
  checkpoints,
  evaluationItems,
  evaluations,
  pairs,
  promptRows,
  prompts,
  samplerSettings,
  searches,
  verdicts,
} from "./schema.js";
import type { ShardWriter } from "./store.js";
import { verdictColumns } from "./verdicts.js";

/** Rows an insert takes; the widest table has 13 columns and SQLite takes 32,766 values. */
const CHUNK = 500;

export function shardWriter(ledger: Ledger, shard: ShardRow): ShardWriter {
  const { orm } = ledger;
  const { stageId } = shard;
  const settings = settingsKeeper(ledger);
  return {
    prompts: (given) => {
      for (const [start, chunk] of chunks(given)) {
        const rows = chunk.map(({ id, text, metadata }) => ({
          id,
          text,
          metadata: metadata ?? null,
          tag: metadata?.tag ?? null,
        }));
        orm
          .insert(prompts)
          .values(rows)
          .onConflictDoUpdate({ target: prompts.id, set: incoming(prompts) })
          .run();
        const places = rows.map(({ id }, index) => ({ shardId: shard.id, row: start + index, promptId: id }));
        orm.insert(promptRows).values(places).run();
      }
    },
    candidates: (given) => {
      for (const [start, chunk] of chunks(given)) {
        const rows = chunk.map(({ tokens, ...row }) => ({
          ...row,
          settingsHash: settings(row.settings),
          grid: tokens === undefined ? null : gridHash(tokens),
        }));
        // Content ids: a candidate that is already known says the same.
        orm.insert(candidates).values(rows).onConflictDoNothing().run();
        const places = rows.map(({ id }, index) => ({
          shardId: shard.id,
          row: start + index,
          candidateId: id,
        }));
        orm.insert(candidateRows).values(places).run();
      }
    },
    verdicts: (given) => {
      const target = [verdicts.candidateId, verdicts.judge, verdicts.question, verdicts.step];
      for (const [, chunk] of chunks(given)) {
        const rows = chunk.map(({ verdict, ...key }) => ({ ...key, ...verdictColumns(verdict) }));
        orm
          .insert(verdicts)
          .values(rows)
          .onConflictDoUpdate({ target, set: incoming(verdicts) })
          .run();
      }
    },
    pairs: (given) => {
      for (const [start, chunk] of chunks(given)) {
        const rows = chunk.map((pair, index) => ({
          review: "unreviewed" as const,
          ...pair,
          shardId: shard.id,
          row: start + index,
          id: pairId(pair.chosenId, pair.rejectedId),
        }));
        orm.insert(pairs).values(rows).run();
      }
    },
    evaluation: (given) => {
      const target = evaluations.stageId;
      orm
        .insert(evaluations)
        .values({ ...given, stageId })
        .onConflictDoUpdate({ target, set: given })
        .run();
    },
    evaluationItems: (given) => {
      for (const [, chunk] of chunks(given)) {
        const rows = chunk.map((item) => ({ ...item, stageId, shardId: shard.id }));
        orm.insert(evaluationItems).values(rows).run();
      }
    },
    searches: (given) => {
      for (const [, chunk] of chunks(given)) {
        const rows = chunk.map((search) => ({ ...search, stageId, shardId: shard.id }));
        orm.insert(searches).values(rows).run();
      }
    },
    checkpoint: (given) => {
      const row = { ...given, stageId };
      orm.insert(checkpoints).values(row).onConflictDoUpdate({ target: checkpoints.id, set: row }).run();
    },
    artifact: (given) => {
      const target = [artifacts.stageId, artifacts.file];
      orm
        .insert(artifacts)
        .values({ ...given, stageId })
        .onConflictDoUpdate({ target, set: given })
        .run();
    },
  };
}

/** Stores each distinct settings object once and returns its hash. */
function settingsKeeper(ledger: Ledger) {
  const known = new Map<object, string>();
  return (settings: typeof samplerSettings.$inferSelect.settings): string => {
    const existing = known.get(settings);
    if (existing !== undefined) return existing;
    const hash = settingsHash(settings);
    ledger.orm.insert(samplerSettings).values({ hash, settings }).onConflictDoNothing().run();
    known.set(settings, hash);
    return hash;
  };
}

/** "On conflict, take the row that was offered", for every column. */
function incoming(table: SQLiteTable): Record<string, SQL> {
  const columns = Object.entries(getTableColumns(table));
  return Object.fromEntries(columns.map(([name, column]) => [name, sql.raw(`excluded."${column.name}"`)]));
}

function* chunks<Row>(rows: Iterable<Row>): Generator<[start: number, chunk: Row[]]> {
  let start = 0;
  let chunk: Row[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < CHUNK) continue;
    yield [start, chunk];
    start += chunk.length;
    chunk = [];
  }
  if (chunk.length > 0) yield [start, chunk];
}
