import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from "drizzle-kit/api";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../src/adapters/store/index.js";
import { applyMigrations, knownMigrations, missingMigrations } from "../../../src/adapters/store/migrate.js";
import * as schema from "../../../src/adapters/store/schema.js";
import { StoreError } from "../../../src/errors.js";
import { temporaryWorkspace } from "./workspace.js";

test("a fresh ledger gets every migration, and opening it again applies none", () => {
  const database = new SqliteDatabase(":memory:");
  const migrations = knownMigrations();
  expect(migrations.length).toBeGreaterThan(0);
  expect(applyMigrations(database, migrations)).toBe(migrations.length);
  expect(applyMigrations(database, migrations)).toBe(0);

  const workspace = temporaryWorkspace();
  openStore(workspace).close();
  const store = openStore(workspace);
  expect(Object.keys(store.counts())).toHaveLength(22);
  store.close();
});

test("candidate rows and verdicts lie in the order of their keys, and older ones are carried over", () => {
  const database = new SqliteDatabase(":memory:");
  database.pragma("foreign_keys = OFF");
  const migrations = knownMigrations();
  applyMigrations(database, migrations.slice(0, 6));
  database.exec(`
    INSERT INTO runs VALUES ('run', 'p', 'h', '{}', 'running', NULL, 0, 0);
    INSERT INTO rounds (run_id, number, manifest) VALUES ('run', 1, '{}');
    INSERT INTO stages (id, run_id, round, name, inputs_hash, inputs, progress, started_at) VALUES ('s', 'run', 1, 'candidates', 'h', '{}', 'finished', 0);
    INSERT INTO shards (id, stage_id, shard_index, rows, committed_at) VALUES (7, 's', 0, 1, 0);
    INSERT INTO prompts (id, text) VALUES ('p', 'a cat');
    INSERT INTO sampler_settings VALUES ('h', '{}');
    INSERT INTO candidates (id, prompt_id, checkpoint, settings_hash, seed, steps, status, reason) VALUES ('c', 'p', 'k', 'h', 1, 8, 'finished', '');
    INSERT INTO candidate_rows VALUES (7, 0, 'c');
    INSERT INTO verdicts (candidate_id, judge, question, step, kind, score, opinions) VALUES ('c', 'j', 'outcome', 8, 'scored', 0.5, '[0.25,0.75]');
  `);
  expect(applyMigrations(database, migrations)).toBe(migrations.length - 6);
  const kept = database.prepare(
    "SELECT candidate_id, row, score, opinions FROM candidate_rows JOIN verdicts USING (candidate_id)",
  );
  expect(kept.raw().all()).toEqual([["c", 0, 0.5, "[0.25,0.75]"]]);
  const candidates = database.prepare(
    "SELECT id, prompt_id, settings_hash, seed, steps, picture, metadata FROM candidates",
  );
  expect(candidates.raw().all()).toEqual([["c", "p", "h", 1, 8, null, null]]);
  expect(database.pragma("foreign_key_check")).toEqual([]);
  const narrow = database.prepare("SELECT name FROM pragma_table_list WHERE wr ORDER BY name").pluck().all();
  expect(narrow).toEqual(["candidate_rows", "score_tallies", "verdicts"]);
  expect(database.prepare("SELECT * FROM score_tallies").raw().all()).toEqual([[7, "j", "outcome", 5, 1]]);
});

test("migrations are dated in strictly increasing order", () => {
  const dates = knownMigrations().map((migration) => migration.folderMillis);
  expect(dates).toEqual([...new Set(dates)].sort((left, right) => left - right));
});

test("a migration dated before the one above it is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-migrations-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync("migrations", folder, { recursive: true });
  const journalFile = join(folder, "meta", "_journal.json");
  const journal = JSON.parse(readFileSync(journalFile, "utf8"));
  const last = journal.entries.at(-1);
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when });
  writeFileSync(journalFile, JSON.stringify(journal));
  expect(() => knownMigrations(folder)).toThrow(/not after/);
});

test("the committed migrations say all that the schema says", async () => {
  const newest = JSON.parse(readFileSync("migrations/meta/_journal.json", "utf8")).entries.at(-1);
  const prefix = String(newest.idx).padStart(4, "0");
  const committed = JSON.parse(readFileSync(`migrations/meta/${prefix}_snapshot.json`, "utf8"));
  const current = await generateSQLiteDrizzleJson(schema);
  expect(await generateSQLiteMigration(committed, current)).toEqual([]);
});

test("a ledger of another version is refused, by writers and readers", () => {
  const workspace = temporaryWorkspace();
  openStore(workspace).close();
  const database = new SqliteDatabase(workspace.database);
  database.prepare('UPDATE "__drizzle_migrations" SET hash = ?').run("f".repeat(64));
  database.close();
  expect(() => openStore(workspace)).toThrow(StoreError);
  expect(() => openStore(workspace, { readOnly: true })).toThrow(/another version of espalier/);
});

test("a reader brings an earlier version's tables up to date, but not under a live writer", () => {
  const workspace = temporaryWorkspace();
  cpSync("test/fixtures/earlier-workspace/workspace/espalier.db", workspace.database);
  const other = new SqliteDatabase(workspace.database);
  expect(missingMigrations(other, knownMigrations()).length).toBeGreaterThan(0);
  const held = other.prepare("INSERT INTO lease (id, pid, host, started, heartbeat) VALUES (1, ?, ?, ?, ?)");
  held.run(1, "elsewhere", "0", Date.now());
  expect(() => openStore(workspace, { readOnly: true })).toThrow(/earlier version of espalier.*elsewhere/s);
  other.prepare("DELETE FROM lease").run();
  const reader = openStore(workspace, { readOnly: true });
  expect(reader.runs.list().length).toBeGreaterThan(0);
  reader.close();
  expect(missingMigrations(other, knownMigrations())).toEqual([]);
  expect(other.prepare("SELECT count(*) FROM lease").pluck().get()).toBe(0);
  other.close();
});

test("a migration that fails leaves the ledger as it was", () => {
  const database = new SqliteDatabase(":memory:");
  const good = knownMigrations();
  const bad = {
    sql: ["CREATE TABLE extra (id)", "not SQL"],
    bps: true,
    folderMillis: 9e15,
    hash: "b".repeat(64),
  };
  const apply = database.transaction(() => applyMigrations(database, [...good, bad]));
  expect(() => apply()).toThrow(/syntax error/);
  expect(database.prepare("SELECT count(*) FROM sqlite_master").pluck().get()).toBe(0);
});
