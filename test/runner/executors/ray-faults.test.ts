import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { rayJobs } from "../../../src/adapters/ray/index.js";
import { openStore } from "../../../src/adapters/store/index.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import { ExecutorError } from "../../../src/errors.js";
import { workspacePaths } from "../../../src/paths.js";
import { SILENT } from "../../../src/records/progress.js";
import { rayExecutor } from "../../../src/runner/executors/ray.js";
import type { TaskSettings } from "../../../src/runner/executors/task-maker.js";
import { ModelReferences } from "../../../src/runner/models/model-references.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import type { ShardRequest } from "../../../src/stages/running/executor.js";
import { jobsServer, type Submission } from "../../adapters/ray/jobs-server.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { MODELS, reading, tinyConfig, tinyFolder, tinyOptions } from "../tiny-run.js";
import { essenceOf, faultsOf, RANKED_ROUND, REAL_MODELS } from "./essence.js";
import { FakeDriver, type Fate } from "./fake-driver.js";

/** No round: twelve shards of evaluation, without a judge. */
function configOf(folder: string) {
  return tinyConfig(folder, {
    rounds: 1,
    round: RANKED_ROUND,
    gate: { rule: "always-promote" },
    evaluation: {
      images: { perPrompt: 1 },
      rows: [{ verifier: { kind: "none" }, checkpoints: "first" }],
      resamples: 100,
    },
    shardImages: 3,
  });
}

/** A shard that waits for a millisecond. */
function waiting(index: number): ShardRequest {
  const order = { kind: "wait", milliseconds: 1 } as const;
  return { stage: { id: "0", name: "wait" }, index, attempt: 1, order, checkpoint: null, judge: null };
}

const TASKS: Omit<TaskSettings, "workspace"> = {
  models: MODELS,
  family: freezeConfig({ name: "any" }).models,
  settings: { steps: 1, guidanceScale: 0, temperature: 1, schedule: "cosine" },
  slots: 1,
  tokenizer: { identity: "none", location: "none" },
  references: new ModelReferences(),
};

const NAMED = { family: { ...REAL_MODELS }, models: MODELS };

describe("a run on a cluster", () => {
  const folder = tinyFolder();
  const config = configOf(folder);
  let expected: ReturnType<typeof essenceOf>;
  beforeAll(async () => {
    await runPipeline(config, tinyOptions(folder, NAMED));
    expected = essenceOf(folder);
  });

  /** Runs on a cluster whose driver meets these fates; `again` runs once more in the same workspace. */
  async function cluster(fate: (index: number, attempt: number, count: number) => Fate) {
    const driver = new FakeDriver(
      (task, count) => fate(Number(task.id.split("-").at(-2)), task.attempt, count),
      ({ submission_id: id }) => server.jobs.set(id, { status: "FAILED", message: "the driver died" }),
    );
    const driving: Promise<void>[] = [];
    const server = await jobsServer((submission: Submission) => {
      driving.push(driver.drive(submission));
    });
    const options = tinyOptions(tinyFolder(), NAMED);
    const executor = { kind: "ray", address: server.address, workers: 1 } as const;
    const run = () => runPipeline(config, { ...options, executor });
    const place = join(options.workspace, "..");
    return { driver, server, run, place, driving, options };
  }

  it("comes to what one process does, and ends its job", async () => {
    const { run, place, server, driving } = await cluster(() => "computed");
    await run();
    await Promise.all(driving);
    expect(essenceOf(place)).toEqual(expected);
    expect(server.submissions[0]?.entrypoint).toMatch(/^python -m espalier_torch\.cluster\.driver '/);
    expect(server.submissions[0]?.runtime_env.env_vars["RAY_USAGE_STATS_ENABLED"]).toBe("0");
    expect(reading(place, (store) => store.jobs.list("tiny").map((job) => job.progress))).toEqual([
      "finished",
    ]);
  });

  it("computes a shard again that came back truncated", async () => {
    const { run, place } = await cluster((index, attempt) =>
      index === 1 && attempt === 1 ? "truncated" : "computed",
    );
    await run();
    expect(essenceOf(place)).toEqual(expected);
    const faults = reading(place, faultsOf);
    expect(faults.length).toBeGreaterThan(0);
    for (const { reason } of faults) expect(reason).toMatch(/^it came back damaged: .*sha256/);
  });

  it("is submitted again when its driver dies, and goes on", async () => {
    const { run, place, server } = await cluster((_index, _attempt, count) =>
      count === 2 ? "dies" : "computed",
    );
    await run();
    expect(essenceOf(place)).toEqual(expected);
    expect(server.submissions).toHaveLength(2);
    expect(
      reading(place, (store) =>
        store.jobs
          .list("tiny")
          .map((job) => job.progress)
          .sort(),
      ),
    ).toEqual(["failed", "finished"]);
  }, 60_000);

  it("sets a poisoned shard aside, does the others, says so, and redoes only that one later", async () => {
    let poisoned = true;
    const { run, place, driver } = await cluster((index) =>
      poisoned && index === 1 ? "failed" : "computed",
    );
    await expect(run()).rejects.toThrow(ExecutorError);
    const stages = reading(place, (store) => store.stages.list("tiny"));
    const failed = stages.find(({ progress }) => progress === "failed");
    expect(failed?.message).toMatch(/1 shard\(s\).*set aside[\s\S]*shard 1: Error: out of memory/);
    const done = reading(place, (store) => store.shards.progress(failed?.id ?? "").shards);
    expect(done).toBe((failed?.plannedShards ?? 0) - 1);
    poisoned = false;
    const before = driver.tasks.length;
    await run();
    expect(essenceOf(place)).toEqual(expected);
    expect(driver.tasks[before]?.id).toContain(`${failed?.id}-1-`);
  });

  it("goes on with the job that a killed coordinator left running, without ordering anything twice", async () => {
    const driver = new FakeDriver(() => "computed");
    const release: (() => Promise<void>)[] = [];
    const server = await jobsServer((submission) => {
      release.push(() => driver.drive(submission));
    });
    const store = openStore(workspacePaths(join(tinyFolder(), "workspace")));
    const coordinator = () =>
      rayExecutor({
        jobs: rayJobs(server.address),
        ...{ address: server.address, store, runId: "tiny", workers: 1, progress: SILENT },
        execution: config.execution,
        tasks: { workspace: store.workspace, ...TASKS },
      });
    // The first is never closed and nobody hears what it computes, as when it is killed.
    const [early, late] = [waiting(0), waiting(1)];
    const killed = coordinator();
    const unheard = Promise.all([killed.compute(early), killed.compute(late)]);
    while (release.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const again = coordinator();
    const heard = Promise.all([again.compute(early), again.compute(late), again.compute(waiting(2))]);
    const driven = release[0]?.();
    expect((await heard).map(({ data }) => data)).toEqual(Array(3).fill({ waited: 1 }));
    await unheard;
    expect(server.submissions).toHaveLength(1);
    expect(driver.tasks).toHaveLength(3);
    await again.close();
    await driven;
    expect(store.jobs.list("tiny").map(({ progress }) => progress)).toEqual(["finished"]);
    store.close();
  });

  it("stops its job when it is interrupted, and goes on with another one later", async () => {
    const { run, server, place, driver, options, driving } = await cluster(() => "computed");
    const interrupted = new AbortController();
    const interrupt = () => void (driver.tasks.length > 0 && interrupted.abort(new Error("Ctrl-C")));
    const progress = new FakeProgress({ advance: interrupt });
    const executor = { kind: "ray", address: server.address, workers: 1 } as const;
    const running = runPipeline(config, { ...options, executor, progress, signal: interrupted.signal });
    await expect(running).rejects.toThrow("Ctrl-C");
    driver.stop();
    await Promise.all(driving);
    expect([...server.jobs.values()].map(({ status }) => status)).toEqual(["STOPPED"]);
    await run();
    expect(essenceOf(place)).toEqual(expected);
    const jobs = reading(place, (store) => store.jobs.list("tiny").map((job) => job.progress));
    expect(jobs.sort()).toEqual(["finished", "stopped"]);
  });

  it("is refused beside another coordinator, before anything is submitted", async () => {
    const { run, server, options } = await cluster(() => "computed");
    const store = openStore(workspacePaths(options.workspace));
    try {
      await expect(run()).rejects.toThrow(/is being written by process/);
      expect(server.submissions).toHaveLength(0);
    } finally {
      store.close();
    }
  });
});
