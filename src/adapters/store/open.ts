import { existsSync } from "node:fs";
import SqliteDatabase, { type Database as Sqlite } from "better-sqlite3";
import { StoreError } from "../../errors.js";
import type { Workspace } from "../../paths.js";
import { makeFolder } from "../make-folder.js";
import { artifactStore } from "./artifacts.js";
import { candidateStore } from "./candidates.js";
import { checkpointStore } from "./checkpoints.js";
import { tableCounts } from "./counts.js";
import { evaluationStore } from "./evaluations.js";
import { jobStore } from "./jobs.js";
import { beat, HEARTBEAT, type Holder, releaseLease, requireLease, takeLease, thisProcess } from "./lease.js";
import { connect, explained, type Ledger, ormOver } from "./ledger.js";
import { applyMigrations, knownMigrations, missingMigrations } from "./migrate.js";
import { pairStore } from "./pairs.js";
import { promptStore } from "./prompts.js";
import { reviewStore } from "./reviews.js";
import { roundStore } from "./rounds.js";
import { runStore } from "./runs.js";
import { searchStore } from "./searches.js";
import { shardStore } from "./shards.js";
import { stageStore } from "./stages.js";
import type { Store } from "./store.js";
import { verdictStore } from "./verdicts.js";

export interface OpenOptions {
  /** Readers take no lease and never migrate; any number may read beside the writer. */
  readonly readOnly?: boolean;
  /** Milliseconds since 1970, for the rows people read and the lease. */
  readonly now?: () => number;
}

/**
 * Opens the workspace's ledger, making folder and database when absent (not when reading).
 * Throws StoreError when another live process holds the lease, or another version of the program wrote the database.
 */
export function openStore(workspace: Workspace, options: OpenOptions = {}): Store {
  const now = options.now ?? Date.now;
  try {
    return options.readOnly === true ? reader(workspace, now) : writer(workspace, now);
  } catch (error) {
    throw explained(error, workspace);
  }
}

function reader(workspace: Workspace, now: () => number): Store {
  if (!existsSync(workspace.database)) {
    throw new StoreError(
      `No workspace at ${workspace.root}: expected ${workspace.database}. Name another folder, or begin with a run.`,
    );
  }
  const sqlite = connect(workspace.database, { readOnly: true });
  const missing = missingMigrations(sqlite, knownMigrations());
  if (missing.length > 0) {
    sqlite.close();
    throw new StoreError(
      `${workspace.database} lacks ${missing.length} update(s) of its tables. Any writing command (run, generate) applies them.`,
    );
  }
  const write = (): never => {
    throw new StoreError(`${workspace.database} was opened for reading; it cannot be written.`);
  };
  return assemble({ workspace, readOnly: true, orm: ormOver(sqlite), sqlite, now, write }, () =>
    sqlite.close(),
  );
}

function writer(workspace: Workspace, now: () => number): Store {
  makeFolder(workspace.root);
  const sqlite = connect(workspace.database, { readOnly: false });
  const holder = thisProcess();
  try {
    prepare(sqlite, holder, now);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  const heart = setInterval(() => tryToBeat(sqlite, holder, now()), HEARTBEAT).unref();
  const write = <Result>(work: () => Result): Result => {
    const guarded = () => {
      requireLease(sqlite, holder);
      return work();
    };
    try {
      return sqlite.inTransaction ? work() : sqlite.transaction(guarded).immediate();
    } catch (error) {
      throw explained(error, workspace);
    }
  };
  return assemble({ workspace, readOnly: false, orm: ormOver(sqlite), sqlite, now, write }, () => {
    clearInterval(heart);
    releaseLease(sqlite, holder);
    sqlite.close();
  });
}

/** A missed heartbeat harms nobody: every write looks at the lease again, and reports what is wrong with the disk. */
function tryToBeat(sqlite: Sqlite, holder: Holder, now: number): void {
  try {
    beat(sqlite, holder, now);
  } catch (error) {
    if (!(error instanceof SqliteDatabase.SqliteError)) throw error;
  }
}

/** Migrations and the lease in one transaction, so that nobody updates tables under a live writer. */
function prepare(sqlite: Sqlite, holder: Holder, now: () => number): void {
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = NORMAL");
  sqlite.pragma("foreign_keys = OFF");
  const migrations = knownMigrations();
  const begin = sqlite.transaction(() => {
    const isNew = missingMigrations(sqlite, migrations).length === migrations.length;
    if (!isNew) takeLease(sqlite, holder, now());
    applyMigrations(sqlite, migrations);
    if (isNew) takeLease(sqlite, holder, now());
  });
  begin.immediate();
  sqlite.pragma("foreign_keys = ON");
}

function assemble(ledger: Ledger, end: () => void): Store {
  let open = true;
  return {
    workspace: ledger.workspace,
    readOnly: ledger.readOnly,
    runs: runStore(ledger),
    rounds: roundStore(ledger),
    stages: stageStore(ledger),
    shards: shardStore(ledger),
    prompts: promptStore(ledger),
    candidates: candidateStore(ledger),
    verdicts: verdictStore(ledger),
    pairs: pairStore(ledger),
    reviews: reviewStore(ledger),
    checkpoints: checkpointStore(ledger),
    evaluations: evaluationStore(ledger),
    searches: searchStore(ledger),
    artifacts: artifactStore(ledger),
    jobs: jobStore(ledger),
    counts: () => tableCounts(ledger),
    close: () => {
      if (open) end();
      open = false;
    },
  };
}
