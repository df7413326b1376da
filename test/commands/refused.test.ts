import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";

const PROGRAM = resolve("bin/espalier.js");
let folder = "";
let finished = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "espalier-refused-"));
  finished = join(folder, "finished");
  writeFileSync(join(folder, "two.txt"), "a photo of a red star\na photo of two blue circles\n");
  writeFileSync(join(folder, "bad.txt"), "a photo of a frobnicated thing\n");
  expect((await espalier("generate", "two.txt", "--count", "2", "--workspace", finished)).status).toBe(0);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The real command as a process. */
function espalier(...words: string[]) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((done) => {
    const child = spawn(process.execPath, [PROGRAM, ...words], { cwd: folder });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (text) => {
        said[name] += text;
      });
    }
    child.on("close", (status) => done({ status, ...said }));
  });
}

async function refused(expected: RegExp, ...words: string[]): Promise<void> {
  const { status, stderr } = await espalier(...words);
  expect(stderr).toMatch(expected);
  expect(stderr).not.toMatch(/\n {4}at /);
  expect(status, words.join(" ")).toBe(2);
}

test("a refused command leaves nothing where no workspace was, and changes no byte of one that was there", async () => {
  const absent = join(folder, "absent", "deeper");
  await refused(/frobnicated/, "generate", "bad.txt", "--workspace", absent);
  await refused(/Expected the id of one finished/, "score", "zzz", "--workspace", absent);
  expect(existsSync(join(folder, "absent"))).toBe(false);

  const before = hashOf(join(finished, "espalier.db"));
  await refused(/frobnicated/, "generate", "bad.txt", "--workspace", finished);
  await refused(/Expected the id of one finished/, "score", "zzz", "--workspace", finished);
  expect(hashOf(join(finished, "espalier.db"))).toBe(before);
  expect((await espalier("status", "--workspace", finished)).stdout).toMatch(/by-hand \(by-hand\): finished/);
  await refused(/name of a folder/, "status", "--workspace", "");
}, 120_000);

test("an empty file and another program's database are no ledgers, for whoever asks", async () => {
  const empty = join(folder, "empty");
  const foreign = join(folder, "foreign");
  for (const one of [empty, foreign]) mkdirSync(one);
  writeFileSync(join(empty, "espalier.db"), "");
  const notes = new SqliteDatabase(join(foreign, "espalier.db"));
  notes.exec("CREATE TABLE notes (text)").close();
  for (const [workspace, said] of [
    [empty, /got an empty file/],
    [foreign, /got tables notes of another program/],
  ] as const) {
    const before = hashOf(join(workspace, "espalier.db"));
    await refused(said, "status", "--workspace", workspace);
    await refused(said, "sql", "SELECT 1", "--workspace", workspace);
    await refused(said, "generate", "two.txt", "--workspace", workspace);
    expect(hashOf(join(workspace, "espalier.db"))).toBe(before);
  }
}, 120_000);

test("a run whose process is gone is interrupted, not running", async () => {
  const ledger = new SqliteDatabase(join(finished, "espalier.db"));
  ledger.exec("UPDATE runs SET progress = 'running'");
  ledger.prepare("INSERT INTO lease VALUES (1, 1, 'elsewhere', '', 0)").run();
  const interrupted = await espalier("status", "--workspace", finished);
  expect(interrupted.stdout).toMatch(/by-hand \(by-hand\): interrupted/);
  ledger.exec("UPDATE runs SET progress = 'finished'; DELETE FROM lease");
  ledger.close();
}, 120_000);

test("a ledger beside which nothing can be written is read from a copy, unless it holds what is not merged", async () => {
  // Where the -shm file cannot be made, SQLite says what it says on a read-only disk; root may write everywhere else.
  for (const end of ["-wal", "-shm"]) rmSync(join(finished, `espalier.db${end}`), { force: true });
  symlinkSync("nowhere/at-all", join(finished, "espalier.db-shm"));
  const asked = await espalier("sql", "SELECT count(*) FROM candidates", "--workspace", finished);
  expect(asked.stdout).toContain("\n4");
  expect((await espalier("status", "--workspace", finished)).stdout).toContain("4 candidates");
  writeFileSync(join(finished, "espalier.db-wal"), "rows");
  await refused(/Make the folder writable once/, "sql", "SELECT 1", "--workspace", finished);
  await refused(/Make the folder writable once/, "status", "--workspace", finished);
}, 120_000);

function hashOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
