import type { Database as Sqlite } from "better-sqlite3";
import { StoreError } from "../../../errors.js";
import { BY_HAND } from "../../../records/command-line.js";
import { finishRemovals } from "../finish-removals.js";
import type { Ledger } from "../ledger.js";
import type { StageRow } from "../rows.js";

/** Taking stages away for good. */
export interface RemovalStore {
  /** Other stages whose pairs, searches or evaluations need candidates that lie in shards of these stages alone. */
  needing(stages: readonly string[]): string[];
  /**
   * Takes the rows of stages away, with the candidates, verdicts, prompts and pictures that nothing else holds, and then `places` (relative
   * to the workspace root) and the copies of such pictures. Where the process ends in between, the next writer removes what is left.
   */
  remove(stages: readonly StageRow[], places: readonly string[]): void;
}

export function removalStore(ledger: Ledger): RemovalStore {
  const { sqlite, workspace } = ledger;
  return {
    needing: (stages) => {
      const statement = sqlite.prepare(`WITH ${GONE}, ${LOST} ${NEEDING}`);
      return statement.pluck().all({ stages: JSON.stringify(stages) }) as string[];
    },
    remove: (stages, places) => {
      // Row by row, SQLite would look for what refers to each of them; below, whole tables are asked once.
      sqlite.pragma("foreign_keys = OFF");
      try {
        ledger.write(() => {
          removeRows(sqlite, stages);
          keepPlaces(sqlite, places);
        });
      } finally {
        sqlite.pragma("foreign_keys = ON");
      }
      ledger.write(() => finishRemovals(sqlite, workspace.root));
    },
  };
}

/** Shards of the stages that are taken away; candidates that lie in no other. */
const GONE =
  "gone AS MATERIALIZED (SELECT id FROM shards WHERE stage_id IN (SELECT value FROM json_each(@stages)))";
const LOST = `lost AS MATERIALIZED (SELECT DISTINCT candidate_id AS id FROM candidate_rows WHERE shard_id IN gone AND NOT EXISTS (
  SELECT 1 FROM candidate_rows AS other WHERE other.candidate_id = candidate_rows.candidate_id AND other.shard_id NOT IN gone))`;
const NEEDING = `
  SELECT shards.stage_id FROM pairs JOIN shards ON shards.id = pairs.shard_id
    WHERE shard_id NOT IN gone AND (chosen_id IN lost OR rejected_id IN lost)
  UNION SELECT stage_id FROM evaluation_items WHERE shard_id NOT IN gone AND candidate_id IN lost
  UNION SELECT stage_id FROM searches WHERE shard_id NOT IN gone AND chosen_id IN lost`;

/** In the order in which rows refer to each other; `@stages` are the ids as a JSON list. */
const OF_STAGES = [
  ...["score_tallies", "candidate_rows", "prompt_rows", "pairs", "evaluation_items", "searches"].map(
    (table) => `WITH ${GONE} DELETE FROM ${table} WHERE shard_id IN gone`,
  ),
  ...["shards", "shard_faults", "evaluations", "artifacts"].map(
    (table) => `DELETE FROM ${table} WHERE stage_id IN (SELECT value FROM json_each(@stages))`,
  ),
  ...["to_checkpoint", "from_checkpoint"].map(
    (column) =>
      `UPDATE rounds SET ${column} = NULL WHERE ${column} IN (
        SELECT id FROM checkpoints WHERE stage_id IN (SELECT value FROM json_each(@stages)))`,
  ),
  "DELETE FROM checkpoints WHERE stage_id IN (SELECT value FROM json_each(@stages))",
  "DELETE FROM stages WHERE id IN (SELECT value FROM json_each(@stages))",
];

/** A candidate whose image lies nowhere any more, unless people have answered on it. */
const ORPHANS = `orphans AS MATERIALIZED (SELECT id FROM candidates WHERE
  id NOT IN (SELECT candidate_id FROM candidate_rows) AND id NOT IN (SELECT left_id FROM reviews)
  AND id NOT IN (SELECT right_id FROM reviews) AND id NOT IN (SELECT subject FROM marks) AND id NOT IN (SELECT chosen_id FROM pairs)
  AND id NOT IN (SELECT rejected_id FROM pairs) AND id NOT IN (SELECT candidate_id FROM evaluation_items)
  AND id NOT IN (SELECT chosen_id FROM searches WHERE chosen_id IS NOT NULL))`;
const UNREFERRED = [
  `WITH ${ORPHANS} DELETE FROM verdicts WHERE candidate_id IN orphans`,
  `WITH ${ORPHANS} DELETE FROM candidates WHERE id IN orphans`,
  `INSERT OR IGNORE INTO removals SELECT place FROM pictures
    WHERE place LIKE 'pictures/%' AND sha256 NOT IN (SELECT picture FROM candidates WHERE picture IS NOT NULL)`,
  "DELETE FROM pictures WHERE sha256 NOT IN (SELECT picture FROM candidates WHERE picture IS NOT NULL)",
  `DELETE FROM prompts WHERE ${["candidates", "prompt_rows", "pairs", "evaluation_items", "searches"]
    .map((table) => `id NOT IN (SELECT prompt_id FROM ${table})`)
    .join(" AND ")}`,
];

/** What a judge said for a scores stage goes with it, unless another scores stage of the judge covers the same candidate. */
const SCORED = `DELETE FROM verdicts WHERE judge = @judge AND question = @question AND candidate_id IN (
    SELECT candidate_id FROM candidate_rows JOIN shards ON shards.id = shard_id WHERE stage_id = @candidates)
  AND candidate_id NOT IN (
    SELECT candidate_id FROM candidate_rows JOIN shards ON shards.id = shard_id WHERE stage_id IN (
      SELECT json_extract(inputs, '$.candidates') FROM stages WHERE name = 'scores'
        AND id NOT IN (SELECT value FROM json_each(@stages))
        AND json_extract(inputs, '$.judge') = @judge AND json_extract(inputs, '$.question') = @question))`;

function removeRows(sqlite: Sqlite, removed: readonly StageRow[]): void {
  const stages = JSON.stringify(removed.map(({ id }) => id));
  for (const { name, inputs } of removed) {
    if (name !== "scores") continue;
    const { judge, question, candidates } = inputs;
    sqlite.prepare(SCORED).run({ judge, question, candidates, stages });
  }
  for (const sql of OF_STAGES) sqlite.prepare(sql).run({ stages });
  for (const sql of UNREFERRED) sqlite.prepare(sql).run();
  for (const run of new Set(removed.map(({ runId }) => runId))) leaveRun(sqlite, run, removed);
  const broken = sqlite.pragma("foreign_key_check") as unknown[];
  if (broken.length === 0) return;
  throw new StoreError(
    `Nothing was removed: ${broken.length} rows of the ledger would be left without what they refer to. This is a fault of espalier.`,
  );
}

/** A run that lacks a stage is not finished; one without stages is none. */
function leaveRun(sqlite: Sqlite, run: string, removed: readonly StageRow[]): void {
  const ofRun = removed.filter(({ runId }) => runId === run);
  if (sqlite.prepare("SELECT 1 FROM stages WHERE run_id = ?").get(run) === undefined) {
    sqlite.prepare("DELETE FROM rounds WHERE run_id = ?").run(run);
    sqlite.prepare("DELETE FROM runs WHERE id = ?").run(run);
    return;
  }
  // The lines of stages used alone are kept with their run (`stages/running/stage-command.ts`).
  for (const { id } of ofRun) {
    sqlite
      .prepare("UPDATE runs SET config = json_remove(config, ?) WHERE id = ?")
      .run(`$.lines."${id}"`, run);
  }
  const message = `removed: ${ofRun.map(({ name, id }) => `${name} ${id}`).join(", ")}`;
  sqlite
    .prepare(
      "UPDATE runs SET progress = 'stopped', message = ? WHERE id = ? AND id <> ? AND progress = 'finished'",
    )
    .run(message, run, BY_HAND);
}

function keepPlaces(sqlite: Sqlite, places: readonly string[]): void {
  const keep = sqlite.prepare("INSERT OR IGNORE INTO removals (place) VALUES (?)");
  for (const place of places) keep.run(place);
}
