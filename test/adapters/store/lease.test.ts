import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import SqliteDatabase from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../../src/adapters/store/index.js";
import { SILENCE } from "../../../src/adapters/store/lease.js";
import { StoreError } from "../../../src/errors.js";
import type { Workspace } from "../../../src/paths.js";
import { temporaryStore, temporaryWorkspace } from "./workspace.js";

test("a second writer is refused by the pid of the first; when that one is killed the lease is taken over", async () => {
  const workspace = temporaryWorkspace();
  const holder = spawn(process.execPath, [
    "--import",
    "tsx",
    "test/fixtures/store/hold-lease.ts",
    workspace.root,
  ]);
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder.stdout, "data");

  expect(() => openStore(workspace)).toThrow(StoreError);
  expect(() => openStore(workspace)).toThrow(new RegExp(`written by process ${holder.pid} on`));
  openStore(workspace, { readOnly: true }).close();

  holder.kill("SIGKILL");
  await once(holder, "exit");
  openStore(workspace).close();
}, 30_000);

test("two writers in one process are refused too, and closing gives the lease back", () => {
  const workspace = temporaryWorkspace();
  const first = openStore(workspace);
  expect(() => openStore(workspace)).toThrow(`written by process ${process.pid}`);
  first.close();
  first.close();
  openStore(workspace).close();
});

test("a holder on another host counts as gone only after a long silence", () => {
  const workspace = temporaryWorkspace();
  const now = 1_000_000_000;
  setHolder(workspace, { pid: 1, host: `not-${hostname()}`, started: "1", heartbeat: now });
  expect(() => openStore(workspace, { now: () => now + SILENCE - 1 })).toThrow(`on not-${hostname()}`);
  openStore(workspace, { now: () => now + SILENCE }).close();
});

test("a live process that only inherited the pid does not hold the lease", () => {
  const workspace = temporaryWorkspace();
  setHolder(workspace, { pid: process.pid, host: hostname(), started: "long ago", heartbeat: Date.now() });
  openStore(workspace).close();
});

test("a writer whose lease was taken over writes nothing more", () => {
  const store = temporaryStore();
  setHolder(store.workspace, { pid: 77, host: "elsewhere", started: "1", heartbeat: 0 });
  expect(() => store.runs.end("run", "finished")).toThrow(
    /no longer holds the write lease; process 77 on elsewhere/,
  );
  expect(store.runs.find("run")?.progress).toBe("running");
});

test("a reader cannot write, and needs a workspace", () => {
  const workspace = temporaryWorkspace();
  expect(() => openStore(workspace, { readOnly: true })).toThrow(/No workspace at/);
  openStore(workspace).close();
  const reader = openStore(workspace, { readOnly: true });
  expect(() => reader.runs.end("run", "finished")).toThrow(/opened for reading/);
  reader.close();
});

function setHolder(
  workspace: Workspace,
  holder: { pid: number; host: string; started: string; heartbeat: number },
): void {
  if (!isReady(workspace)) openStore(workspace).close();
  const database = new SqliteDatabase(workspace.database);
  database.prepare("INSERT OR REPLACE INTO lease VALUES (1, @pid, @host, @started, @heartbeat)").run(holder);
  database.close();
}

function isReady(workspace: Workspace): boolean {
  try {
    openStore(workspace, { readOnly: true }).close();
    return true;
  } catch {
    return false;
  }
}
