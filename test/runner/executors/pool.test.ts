import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, onTestFinished, test, vi } from "vitest";
import { HOME } from "../../../src/runner/locate-file.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { MODELS, reading, tinyFolder, tinyOptions } from "../tiny-run.js";
import { essenceOf, REAL_MODELS, smallConfig } from "./essence.js";

const NO_SQLITE = join(HOME, "test", "fixtures", "no-sqlite.cjs");

test("what keeps SQLite from a process does", async () => {
  const open = 'new (require("better-sqlite3"))(":memory:")';
  const started = [[], ["--require", NO_SQLITE]].map((words) =>
    execa(process.execPath, [...words, "-e", open], { cwd: HOME, timeout: 60_000, reject: false }),
  );
  const [free, kept] = await Promise.all(started);
  expect([free?.exitCode, kept?.exitCode]).toEqual([0, 1]);
  expect(kept?.stderr).toContain("should not be");
});

test("two worker processes, one of them killed on the way, come to what one process does", {
  timeout: 240_000,
}, async () => {
  const folder = tinyFolder();
  const config = smallConfig(folder);
  await runPipeline(config, tinyOptions(folder, { family: REAL_MODELS, models: MODELS }));
  const expected = essenceOf(folder);
  expect(expected.candidates).toHaveLength(12);

  // Workers may run by another Node than the one that SQLite's module is built for.
  vi.stubEnv("NODE_OPTIONS", `--require ${NO_SQLITE}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const options = tinyOptions(tinyFolder(), { family: REAL_MODELS, models: MODELS });
  const killed: number[] = [];
  const kill = () => {
    if (killed.length > 0) return;
    for (const pid of childrenOf(process.pid).slice(0, 1)) killed.push(pid);
    for (const pid of killed) process.kill(pid, "SIGKILL");
  };
  const progress = new FakeProgress({ advance: kill });
  await runPipeline(config, { ...options, progress, executor: { kind: "local", workers: 2 } });
  const other = join(options.workspace, "..");
  expect(essenceOf(other)).toEqual(expected);
  expect(killed.length).toBe(existsSync("/proc") ? 1 : 0);
  expect(readdirSync(join(options.workspace, "inbox"))).toEqual([]);
  const costs = reading(other, (store) =>
    store.stages.list("tiny").flatMap(({ id }) => store.shards.list(id).map(({ seconds }) => seconds)),
  );
  expect(costs.every((seconds) => seconds !== null && seconds >= 0)).toBe(true);
});

/** Worker processes that this one started; none where the system does not tell. */
function childrenOf(parent: number): number[] {
  if (!existsSync("/proc")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isWorkerOf(pid, parent));
}

function isWorkerOf(pid: number, parent: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(stat[1]) === parent && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("work-shards");
  } catch {
    return false;
  }
}
