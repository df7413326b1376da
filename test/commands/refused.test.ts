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
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/catalogue.js";
import { espalier as startEspalier } from "../espalier-command.js";
import { runIn, runLine } from "./surroundings.js";

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

const espalier = (...words: string[]) => runIn(folder, words);
const started = (...words: string[]) => startEspalier(words, { cwd: folder });

async function refused(expected: RegExp, words: readonly string[], run = espalier): Promise<void> {
  const { status, stderr } = await run(...words);
  expect(stderr).toMatch(expected);
  expect(stderr).not.toMatch(/\n {4}at /);
  expect(status, words.join(" ")).toBe(2);
}

test("a refused command leaves nothing where no workspace was, and changes no byte of one that was there", async () => {
  const absent = join(folder, "absent", "deeper");
  await refused(/frobnicated/, ["generate", "bad.txt", "--workspace", absent], started);
  await refused(/Expected the id of one finished/, ["score", "zzz", "--workspace", absent]);
  expect(existsSync(join(folder, "absent"))).toBe(false);

  const before = hashOf(join(finished, "espalier.db"));
  await refused(/frobnicated/, ["generate", "bad.txt", "--workspace", finished]);
  await refused(/Expected the id of one finished/, ["score", "zzz", "--workspace", finished]);
  expect(hashOf(join(finished, "espalier.db"))).toBe(before);
  expect((await espalier("status", "--workspace", finished)).stdout).toMatch(/by-hand \(by-hand\): finished/);
  await refused(/name of a folder/, ["status", "--workspace", ""]);
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
    await refused(said, ["status", "--workspace", workspace]);
    await refused(said, ["sql", "SELECT 1", "--workspace", workspace]);
    await refused(said, ["generate", "two.txt", "--workspace", workspace]);
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
  // In processes of their own: a process keeps its copy.
  // Where the -shm file cannot be made, SQLite says what it says on a read-only disk; root may write everywhere else.
  clearBeside(finished);
  symlinkSync("nowhere/at-all", join(finished, "espalier.db-shm"));
  const asked = await started("sql", "SELECT count(*) FROM candidates", "--workspace", finished);
  expect(asked.stdout).toContain("\n4");
  expect((await started("status", "--workspace", finished)).stdout).toContain("4 candidates");
  writeFileSync(join(finished, "espalier.db-wal"), "rows");
  await refused(/Make the folder writable once/, ["sql", "SELECT 1", "--workspace", finished], started);
  await refused(/Make the folder writable once/, ["status", "--workspace", finished], started);
  clearBeside(finished);
}, 120_000);

function clearBeside(workspace: string): void {
  for (const end of ["-wal", "-shm"]) rmSync(join(workspace, `espalier.db${end}`), { force: true });
}

const NONE =
  /No workspace at .*or begin one: espalier quickstart.*, or espalier generate PROMPTS.*, or espalier run PIPELINE/;
const PAIRS =
  /which is candidates\. .* has none yet\. First: espalier generate PROMPTS.*, then espalier score .*; or espalier import/;
const EVALUATIONS = /which is candidates\. .* has none yet\. First: espalier evaluate CHECKPOINT/;
const JUDGED = /which is candidates\. .* has none yet\. First: espalier judge data/;

/** What is asked before its turn: where no workspace is, and where there are candidates alone ("ID"); null: that is no fault. */
const EARLY: readonly (readonly [line: string, absent: RegExp | null, candidates: RegExp | null])[] = [
  ["status", NONE, null],
  ["status quickstart", NONE, /Known: by-hand/],
  ["name zzz my-stage", NONE, /zzz/],
  ["rm zzz", NONE, /zzz/],
  ["studio", NONE, null],
  ["repair", NONE, null],
  ["repair --yes", NONE, null],
  ["score zzz", /has none yet\. First: espalier generate PROMPTS/, /There are:\n {2}ID /],
  ["pair ID", /has none yet\. First: espalier generate PROMPTS/, /First: espalier score ID/],
  ["train ID --steps 1", /First: espalier generate/, PAIRS],
  ["evaluate zzz", /Known: scenes-base/, /Known: scenes-base/],
  ["compare ID ID", NONE, EVALUATIONS],
  ["compare by-hand", NONE, /got by-hand with 0\. First: espalier evaluate CHECKPOINT.*once for each/],
  ["review ID", /First: espalier generate/, PAIRS],
  ["agreement ID", NONE, PAIRS],
  ["decide ID", /First: espalier generate/, PAIRS],
  ["judge train ID --steps 1", /First: espalier judge data/, JUDGED],
  ["judge report ID", /First: espalier judge data/, JUDGED],
  ["export ID", NONE, PAIRS],
  ["export-images ID out", NONE, EVALUATIONS],
  ["push pairs ID me/set", NONE, PAIRS],
  ["push checkpoint zzz me/set", NONE, /zzz/],
  ["push report by-hand me/set", NONE, /by-hand/],
  ["show zzz", NONE, /expected the id of a candidate, pair or prompt/],
  ["data zzz", NONE, /There are:\n {2}ID /],
  ["sql SELECT*FROM_pairs", NONE, /espalier data names its tables/],
  ["replay zzz", NONE, /expected the id of a stored candidate/],
];
/** What needs nothing before it. */
const FIRST = [
  "quickstart",
  "init",
  "setup",
  "doctor",
  "completion",
  "run",
  "generate",
  "import",
  "import-images",
  "pull",
  "scenes",
];

test("every command that is given before its turn says what to do first, and leaves nothing", async () => {
  const asked = new Set(EARLY.map(([line]) => line.split(" ")[0]));
  const known = COMMANDS.filter(({ hidden }) => !hidden).map(({ name }) => name);
  expect([...asked, ...FIRST].sort()).toEqual([...known].sort());
  const ledger = new SqliteDatabase(join(finished, "espalier.db"), { readonly: true });
  const id = String(ledger.prepare("SELECT id FROM stages WHERE name = 'candidates'").pluck().get());
  ledger.close();
  const absent = join(folder, "still-absent");
  const before = hashOf(join(finished, "espalier.db"));
  for (const [line, ...said] of EARLY) {
    for (const [at, workspace] of [absent, finished].entries()) {
      const expected = said[at];
      if (!expected) continue;
      const words = line.replaceAll("ID", id);
      const { code, out, errors } = await runLine(`${words} --workspace ${workspace}`);
      expect(errors, words).toMatch(new RegExp(expected.source.replaceAll("ID", id), "s"));
      expect(errors, words).not.toMatch(/\n {4}at /);
      expect({ code, out }, words).toEqual({ code: 2, out: "" });
    }
    expect(existsSync(absent), line).toBe(false);
    expect(hashOf(join(finished, "espalier.db")), line).toBe(before);
  }
}, 120_000);

function hashOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
