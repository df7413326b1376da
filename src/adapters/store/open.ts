import { existsSync } from "node:fs";
import type { Database as Sqlite } from "better-sqlite3";
import { StoreError } from "../../errors.js";
import type { Workspace } from "../../paths.js";
import { ledgerBrowser } from "./browse/browser.js";
import { markStore } from "./browse/marks.js";
import { connect, noWorkspace, requireLedger } from "./connect.js";
import { liveHolder } from "./lease.js";
import { explained, type Ledger, ormOver } from "./ledger.js";
import { knownMigrations, missingMigrations } from "./migrate.js";
import type { Store } from "./store.js";
import { answerStore } from "./tables/answers.js";
import { artifactStore } from "./tables/artifacts.js";
import { candidateStore } from "./tables/candidates.js";
import { checkpointStore } from "./tables/checkpoints.js";
import { tableCounts } from "./tables/counts.js";
import { evaluationStore } from "./tables/evaluations.js";
import { jobStore } from "./tables/jobs.js";
import { pairStore } from "./tables/pairs.js";
import { pictureStore } from "./tables/pictures.js";
import { promptStore } from "./tables/prompts.js";
import { removalStore } from "./tables/removals.js";
import { reviewStore } from "./tables/reviews.js";
import { roundStore } from "./tables/rounds.js";
import { runStore } from "./tables/runs.js";
import { searchStore } from "./tables/searches.js";
import { shardStore } from "./tables/shards.js";
import { stageStore } from "./tables/stages.js";
import { verdictStore } from "./tables/verdicts.js";
import { type LeaseRule, openWriter } from "./writer.js";

export interface OpenOptions {
  /** Readers take no lease but to bring an earlier version's tables up to date; any number may read beside the writer. */
  readonly readOnly?: boolean;
  /** When a writer takes the lease; at once unless given. */
  readonly lease?: LeaseRule;
  /** Milliseconds since 1970, for the rows people read and the lease. */
  readonly now?: () => number;
}

/**
 * Opens the workspace's ledger, making folder and database when absent (not when reading).
 * Throws StoreError when another live process holds the lease, the file is no ledger, or another version of the program
 * wrote it.
 */
export function openStore(workspace: Workspace, options: OpenOptions = {}): Store {
  const now = options.now ?? Date.now;
  try {
    return options.readOnly === true
      ? reader(workspace, now)
      : writer(workspace, now, options.lease ?? "at-once");
  } catch (error) {
    throw explained(error, workspace);
  }
}

function reader(workspace: Workspace, now: () => number): Store {
  const { database } = workspace;
  if (!existsSync(database)) throw noWorkspace(database);
  let sqlite = connectToLedger(database);
  if (lacksUpdates(sqlite)) {
    sqlite.close();
    update(workspace, now);
    sqlite = connectToLedger(database);
  }
  const write = (): never => {
    throw new StoreError(`${database} was opened for reading; it cannot be written.`);
  };
  const ledger = {
    workspace,
    readOnly: true,
    orm: ormOver(sqlite),
    sqlite,
    now,
    write,
    withNextWrite: write,
  };
  return assemble(ledger, () => sqlite.close());
}

function connectToLedger(database: string): Sqlite {
  const sqlite = connect(database, { readOnly: true });
  try {
    requireLedger(sqlite, database);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function lacksUpdates(sqlite: Sqlite): boolean {
  try {
    return missingMigrations(sqlite, knownMigrations()).length > 0;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** Brings the tables of an earlier version up to date, as its next writer would. */
function update(workspace: Workspace, now: () => number): void {
  try {
    openWriter(workspace, now, "never").end();
  } catch (cause) {
    throw new StoreError(
      `${workspace.database} was written by an earlier version of espalier, and its tables could not be brought up to date: ` +
        (explained(cause, workspace) as Error).message,
      { cause },
    );
  }
}

function writer(workspace: Workspace, now: () => number, rule: LeaseRule): Store {
  const { end, ...writing } = openWriter(workspace, now, rule);
  const ledger = { workspace, readOnly: false, orm: ormOver(writing.sqlite), now, ...writing };
  return assemble(ledger, end);
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
    pictures: pictureStore(ledger),
    verdicts: verdictStore(ledger),
    answers: answerStore(ledger),
    pairs: pairStore(ledger),
    reviews: reviewStore(ledger),
    marks: markStore(ledger),
    checkpoints: checkpointStore(ledger),
    evaluations: evaluationStore(ledger),
    searches: searchStore(ledger),
    artifacts: artifactStore(ledger),
    jobs: jobStore(ledger),
    browse: ledgerBrowser(ledger),
    removals: removalStore(ledger),
    counts: () => tableCounts(ledger),
    isWritten: () => liveHolder(ledger.sqlite, ledger.now()) !== undefined,
    close: () => {
      if (open) end();
      open = false;
    },
  };
}
