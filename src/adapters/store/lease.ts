import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Database as Sqlite } from "better-sqlite3";
import { StoreError } from "../../errors.js";
import { childEnvironment } from "../../machine/child-environment.js";

/** Who writes: one process, told apart from a later one with the same pid by its start time. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** As the system names it; empty when it cannot tell. */
  readonly started: string;
}

/** Between heartbeats, in milliseconds. */
export const HEARTBEAT = 10_000;
/** A holder on another host counts as gone after this silence, in milliseconds. */
export const SILENCE = 120_000;

export function thisProcess(): Holder {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid) ?? "" };
}

/** Takes the lease inside the caller's transaction. Throws StoreError, naming the holder, when a live process has it. */
export function takeLease(sqlite: Sqlite, holder: Holder, now: number): void {
  refuseTaken(sqlite, now);
  sqlite
    .prepare("INSERT OR REPLACE INTO lease (id, pid, host, started, heartbeat) VALUES (1, ?, ?, ?, ?)")
    .run(holder.pid, holder.host, holder.started, now);
}

/** Throws StoreError, naming the holder, when a live process has the lease. */
export function refuseTaken(sqlite: Sqlite, now: number): void {
  const current = liveHolder(sqlite, now);
  if (current === undefined) return;
  const age = Math.max(0, Math.round((now - current.heartbeat) / 1000));
  throw new StoreError(
    `${sqlite.name} is being written by process ${current.pid} on ${current.host} (last sign of life ${age} s ago); ` +
      "expected no other writer. Wait for it, or stop it; reading commands (status, show) work meanwhile.",
  );
}

/** Who writes now, if anybody. */
export function liveHolder(sqlite: Sqlite, now: number): Lease | undefined {
  const current = readLease(sqlite);
  return current !== undefined && isLive(current, now) ? current : undefined;
}

/** Throws StoreError when another process took the lease over, so that two never write. */
export function requireLease(sqlite: Sqlite, holder: Holder): void {
  const current = readLease(sqlite);
  if (current !== undefined && isSame(current, holder)) return;
  const taker = current === undefined ? "nobody" : `process ${current.pid} on ${current.host}`;
  throw new StoreError(
    `${sqlite.name}: this process (${holder.pid}) no longer holds the write lease; ${taker} does. ` +
      "It was silent for too long (a suspended machine?). Run the command again: finished shards are kept.",
  );
}

export function beat(sqlite: Sqlite, holder: Holder, now: number): void {
  sqlite
    .prepare("UPDATE lease SET heartbeat = ? WHERE pid = ? AND host = ? AND started = ?")
    .run(now, holder.pid, holder.host, holder.started);
}

export function releaseLease(sqlite: Sqlite, holder: Holder): void {
  sqlite
    .prepare("DELETE FROM lease WHERE pid = ? AND host = ? AND started = ?")
    .run(holder.pid, holder.host, holder.started);
}

type Lease = Holder & { readonly heartbeat: number };

function readLease(sqlite: Sqlite): Lease | undefined {
  const query = sqlite.prepare("SELECT pid, host, started, heartbeat FROM lease WHERE id = 1");
  return query.get() as Lease | undefined;
}

function isSame(left: Holder, right: Holder): boolean {
  return left.pid === right.pid && left.host === right.host && left.started === right.started;
}

function isLive(holder: Lease, now: number): boolean {
  if (holder.host !== hostname()) return now - holder.heartbeat < SILENCE;
  const started = startOf(holder.pid);
  return started !== undefined && (holder.started === "" || started === holder.started);
}

/** When a process started; undefined when it does not run (or only waits to be reaped), "" when nobody can tell. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  return process.platform === "linux" ? startOnLinux(pid) : startFromTable(pid);
}

function startOnLinux(pid: number): string | undefined {
  try {
    // The command name, in brackets, may hold spaces; state and start time are fields 3 and 22 (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : (fields[19] ?? "");
  } catch {
    return "";
  }
}

function startFromTable(pid: number): string {
  try {
    const words = ["-o", "lstart=", "-p", String(pid)];
    return execFileSync("ps", words, { env: childEnvironment(), encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}
