import { expect, it } from "vitest";
import { status } from "../../../src/commands/status.js";
import { SILENT } from "../../../src/records/progress.js";
import type { ShardTask } from "../../../src/runner/executors/task.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { jobsServer } from "../../adapters/ray/jobs-server.js";
import { MODELS, tinyFolder, tinyOptions } from "../tiny-run.js";
import { REAL_MODELS, smallConfig } from "./essence.js";
import { FakeDriver } from "./fake-driver.js";

/** What must be seen while the run is under way: three of four shards are done, the other one has failed once. */
const UNDER_WAY =
  /^tiny, round 1: candidates [0-9a-f]{12}, 9 of 12 images, 3 of 4 shards, [0-9.]+ images\/s, \S.* left, 1 tried again, 0 set aside$/;

const isFirst = ({ id }: ShardTask) => /^candidates-.*-0-/.test(id);

it("status --follow tells of a run on a cluster: rate, failures, retries and time left", async () => {
  let release: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    release = resolve;
  });
  // The first shard fails and is tried again behind the others, when all of that has been told.
  const driver = new FakeDriver(
    (task) => (isFirst(task) && task.attempt === 1 ? "failed" : "computed"),
    undefined,
    async (task) => {
      if (isFirst(task) && task.attempt === 2) await told;
      // Commits within one millisecond have no rate.
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  );
  const server = await jobsServer((submission) => void driver.drive(submission));
  const folder = tinyFolder();
  const { now: _still, ...options } = tinyOptions(folder, { family: REAL_MODELS, models: MODELS });
  const executor = { kind: "ray", address: server.address, workers: 1 } as const;
  const running = runPipeline(smallConfig(folder), { ...options, executor });
  running.catch(() => release());
  await expect.poll(() => driver.tasks.length, { timeout: 30_000 }).toBeGreaterThan(0);

  const lines: string[] = [];
  const announce = (line: string) => {
    lines.push(line);
    if (UNDER_WAY.test(line)) release();
  };
  const report = await status.run(
    ["tiny"],
    { follow: true },
    {
      ...{ words: ["status"], workspace: options.workspace, home: folder, progress: SILENT, announce },
      ...{ lines: () => (async function* () {})(), print: () => undefined },
      signal: AbortSignal.timeout(100_000),
    },
  );
  await running;
  expect(lines.filter((line) => UNDER_WAY.test(line)).length).toBeGreaterThan(0);
  expect(lines.filter((line, at) => line === lines[at - 1])).toEqual([]);
  expect(report.text).toMatch(/^tiny \(tiny\): finished$/m);
  expect(report.text).toMatch(/candidates +[0-9a-f]{12} +finished +.*, 1 tried again, 0 set aside/);
}, 120_000);
