import SqliteDatabase, { type Database as Sqlite } from "better-sqlite3";
import type { Workspace } from "../../paths.js";
import { connect, requireLedger } from "./connect.js";
import { createWhereAbsent } from "./create.js";
import { finishRemovals } from "./finish-removals.js";
import { endInterrupted } from "./interrupted.js";
import {
  beat,
  HEARTBEAT,
  type Holder,
  refuseTaken,
  releaseLease,
  requireLease,
  takeLease,
  thisProcess,
} from "./lease.js";
import { explained, type Ledger } from "./ledger.js";
import { applyMigrations, knownMigrations, missingMigrations } from "./migrate.js";

/** When a writer takes the lease: at once, with its first write, or never (it adds rows that no stage reads or writes). */
export type LeaseRule = "at-once" | "first-write" | "never";

/** A connection that writes, and how it ends. */
export interface Writer extends Pick<Ledger, "sqlite" | "write" | "withNextWrite"> {
  readonly end: () => void;
}

/**
 * Opens the ledger for writing, making it when absent. One that this process made and never wrote to is taken away at the
 * end, unless the lease was taken at once. Throws StoreError when another live process holds the lease.
 */
export function openWriter(workspace: Workspace, now: () => number, rule: LeaseRule): Writer {
  const remove = createWhereAbsent(workspace, knownMigrations());
  const { sqlite, lease } = openPrepared(workspace, now, rule);
  const waiting: { readonly work: () => void; readonly undo: (() => void) | undefined }[] = [];
  let isWritten = rule === "at-once";
  const write = <Result>(work: () => Result): Result => {
    if (sqlite.inTransaction) return work();
    const { isHeld } = lease;
    const guarded = () => {
      if (rule !== "never") lease.require(() => finishRemovals(sqlite, workspace.root));
      for (const one of waiting) one.work();
      return work();
    };
    try {
      const result = sqlite.transaction(guarded).immediate();
      waiting.length = 0;
      isWritten = true;
      return result;
    } catch (error) {
      // A lease that was taken in this transaction went with it.
      if (!isHeld) lease.stopBeating();
      throw explained(error, workspace);
    }
  };
  const end = () => {
    lease.release();
    sqlite.close();
    for (const { undo } of waiting) undo?.();
    if (!isWritten) remove?.();
  };
  return { sqlite, write, withNextWrite: (work, undo) => waiting.push({ work, undo }), end };
}

function openPrepared(workspace: Workspace, now: () => number, rule: LeaseRule) {
  const sqlite = connect(workspace.database, { readOnly: false });
  const lease = new HeldLease(sqlite, now);
  try {
    requireLedger(sqlite, workspace.database);
    prepare(sqlite, lease, workspace, rule);
    return { sqlite, lease };
  } catch (error) {
    lease.stopBeating();
    sqlite.close();
    throw error;
  }
}

/** Migrations under the lease, so that nobody updates tables under a live writer. */
function prepare(sqlite: Sqlite, lease: HeldLease, workspace: Workspace, rule: LeaseRule): void {
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = NORMAL");
  const missing = missingMigrations(sqlite, knownMigrations());
  if (rule === "at-once" || missing.length > 0) {
    sqlite.pragma("foreign_keys = OFF");
    const begin = sqlite.transaction(() => {
      lease.take();
      applyMigrations(sqlite, knownMigrations());
      finishRemovals(sqlite, workspace.root);
    });
    begin.immediate();
    sqlite.pragma("foreign_keys = ON");
    if (rule === "never") lease.release();
  } else if (rule === "first-write") lease.refuseTaken();
}

/** The lease of this process with its heartbeat. Taken and looked at inside of transactions. */
class HeldLease {
  readonly #sqlite: Sqlite;
  readonly #now: () => number;
  readonly #holder: Holder = thisProcess();
  #heart: NodeJS.Timeout | undefined;

  constructor(sqlite: Sqlite, now: () => number) {
    this.#sqlite = sqlite;
    this.#now = now;
  }

  /** Whoever takes it tells the runs of a writer that was killed that they do not run any more. */
  take(): void {
    takeLease(this.#sqlite, this.#holder, this.#now());
    endInterrupted(this.#sqlite);
    this.#heart ??= setInterval(() => this.#beat(), HEARTBEAT).unref();
  }

  /** Takes it with the first write, and does then what a new holder must; throws StoreError when it was lost since. */
  require(onTaken: () => void): void {
    if (this.isHeld) requireLease(this.#sqlite, this.#holder);
    else {
      this.take();
      onTaken();
    }
  }

  refuseTaken(): void {
    refuseTaken(this.#sqlite, this.#now());
  }

  get isHeld(): boolean {
    return this.#heart !== undefined;
  }

  release(): void {
    if (this.isHeld) releaseLease(this.#sqlite, this.#holder);
    this.stopBeating();
  }

  stopBeating(): void {
    clearInterval(this.#heart);
    this.#heart = undefined;
  }

  /** A missed heartbeat harms nobody: every write looks at the lease again, and reports what is wrong with the disk. */
  #beat(): void {
    try {
      beat(this.#sqlite, this.#holder, this.#now());
    } catch (error) {
      if (!(error instanceof SqliteDatabase.SqliteError)) throw error;
    }
  }
}
