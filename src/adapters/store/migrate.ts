import { existsSync } from "node:fs";
import type { Database as Sqlite } from "better-sqlite3";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import { StoreError } from "../../errors.js";
import { LAYOUT } from "../../machine/layout.js";

/** The migrations this program was built with, oldest first. Throws StoreError when `when` does not strictly increase. */
export function knownMigrations(folder: string = LAYOUT.migrations): MigrationMeta[] {
  if (!existsSync(`${folder}/meta/_journal.json`)) {
    throw new StoreError(`No migrations in ${folder}: expected meta/_journal.json. Install espalier again.`);
  }
  const migrations = readMigrationFiles({ migrationsFolder: folder });
  for (const [index, migration] of migrations.entries()) {
    const before = migrations[index - 1];
    if (before !== undefined && migration.folderMillis <= before.folderMillis) {
      throw new StoreError(
        `Migration ${index} in ${folder} is dated ${migration.folderMillis}, not after ${before.folderMillis}: ` +
          "generate it again on top of the others.",
      );
    }
  }
  return migrations;
}

/**
 * Brings the database up to date. Must run inside a transaction, with foreign keys off (SQLite rebuilds tables).
 * Returns the number of migrations applied. Drizzle's own migrator compares dates only; this one compares every hash.
 */
export function applyMigrations(sqlite: Sqlite, migrations: readonly MigrationMeta[]): number {
  sqlite.exec(
    'CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, created_at NUMERIC)',
  );
  const missing = missingMigrations(sqlite, migrations);
  const record = sqlite.prepare('INSERT INTO "__drizzle_migrations" (hash, created_at) VALUES (?, ?)');
  for (const migration of missing) {
    for (const statement of migration.sql) sqlite.exec(statement);
    record.run(migration.hash, migration.folderMillis);
  }
  if (missing.length === 0) return 0;
  const broken = sqlite.pragma("foreign_key_check") as unknown[];
  if (broken.length > 0) {
    throw new StoreError(`Updating the ledger would leave ${broken.length} rows without what they refer to.`);
  }
  return missing.length;
}

/** Those not applied yet. Throws StoreError when the database holds others than this program knows. */
export function missingMigrations(sqlite: Sqlite, migrations: readonly MigrationMeta[]): MigrationMeta[] {
  const applied = appliedHashes(sqlite);
  for (const [index, hash] of applied.entries()) {
    if (migrations[index]?.hash === hash) continue;
    throw new StoreError(
      `${sqlite.name} was written by another version of espalier: its migration ${index} has hash ${hash.slice(0, 12)}, ` +
        `expected ${migrations[index]?.hash.slice(0, 12) ?? "none"}. Use that version, or begin a new workspace.`,
    );
  }
  return migrations.slice(applied.length);
}

function appliedHashes(sqlite: Sqlite): string[] {
  const table = sqlite
    .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '__drizzle_migrations'")
    .get();
  if (table === undefined) return [];
  return sqlite.prepare('SELECT hash FROM "__drizzle_migrations" ORDER BY id').pluck().all() as string[];
}
