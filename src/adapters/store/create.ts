import { existsSync, linkSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { StoreError } from "../../errors.js";
import type { Workspace } from "../../paths.js";
import { makeFolder } from "../make-folder.js";
import { applyMigrations, type knownMigrations } from "./migrate.js";

/**
 * Makes an empty ledger where there is none, whole or not at all, with the folders it needs. Returns how to take it away
 * again; undefined when there was one. Throws StoreError where shards lie that an absent ledger counted.
 */
export function createWhereAbsent(
  { root, database, arrow }: Workspace,
  migrations: ReturnType<typeof knownMigrations>,
): (() => void) | undefined {
  if (existsSync(database)) return undefined;
  refuseLost(database, arrow);
  const firstFolder = makeFolder(root);
  const fresh = join(root, `.espalier-${process.pid}.db`);
  rmSync(fresh, { force: true });
  const sqlite = new SqliteDatabase(fresh);
  try {
    sqlite.transaction(() => applyMigrations(sqlite, migrations))();
    sqlite.pragma("journal_mode = WAL");
  } finally {
    sqlite.close();
  }
  putInPlace(fresh, database);
  return () => {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
    if (firstFolder !== undefined) removeEmpty(root, firstFolder);
  };
}

/** An empty ledger beside the shards of another would make all of them again, and lose what people answered. */
function refuseLost(database: string, arrow: string): void {
  const stages = existsSync(arrow) ? readdirSync(arrow).filter((name) => /-[0-9a-f]{16}$/.test(name)) : [];
  if (stages.length === 0) return;
  throw new StoreError(
    `The ledger ${database} is missing, but ${arrow} holds the shards of ${stages.length} stage(s) that it counted. ` +
      "Put it back, or move that folder away or name another workspace to begin anew.",
  );
}

/** A link never replaces what another process has put there meanwhile. */
function putInPlace(fresh: string, database: string): void {
  try {
    linkSync(fresh, database);
    rmSync(fresh);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") rmSync(fresh);
    // Some file systems have no links.
    else renameSync(fresh, database);
  }
}

/** Removes `folder` and those above it up to `first`, as far as nothing lies in them. */
function removeEmpty(folder: string, first: string): void {
  for (let at = folder; !relative(first, at).startsWith(".."); at = dirname(at)) {
    try {
      rmdirSync(at);
    } catch {
      return;
    }
  }
}
