import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, RAY, startCluster } from "../../../scripts/trials/local-ray.js";
import {
  type Restart,
  runTraining,
  type TrainRequest,
  type WorkerEvent,
} from "../../../src/adapters/python/index.js";
import { rayJobs } from "../../../src/adapters/ray/index.js";
import { openStore } from "../../../src/adapters/store/index.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import { workspacePaths } from "../../../src/paths.js";
import { SILENT } from "../../../src/records/progress.js";
import { rayExecutor } from "../../../src/runner/executors/ray.js";
import type { TaskSettings } from "../../../src/runner/executors/task-maker.js";
import { HOME } from "../../../src/runner/locate-file.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { reading, tinyFolder } from "../tiny-run.js";
import { essenceOf, faultsOf } from "./essence.js";

const SECONDS = 1000;

/** The bundled models and the real trainer, as small as they go. */
const config = freezeConfig({
  name: "tiny",
  seed: 1,
  sampler: { steps: 4 },
  round: {
    prompts: 8,
    candidates: { perPrompt: 4 },
    mining: { policy: "random-yes-no", pairsPerPrompt: 2 },
    training: { steps: 2, batchPairs: 2, threads: 1 },
  },
  rounds: 1,
  gate: { rule: "always-promote" },
  evaluation: {
    images: { perTask: 1 },
    rows: [{ verifier: { kind: "none" } }, { verifier: { kind: "orm", n: 2 }, checkpoints: "last" }],
    resamples: 100,
  },
  shardImages: 4,
});

describe.skipIf(!existsSync(RAY))("a real Ray cluster on this machine", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster(240);
  }, 720 * SECONDS);
  afterAll(() => cluster?.stop(), 30 * SECONDS);

  it(
    "with two workers, one of them killed on the way, comes to what one process does",
    async () => {
      const local = tinyFolder();
      await runPipeline(config, { workspace: join(local, "workspace"), home: HOME });
      const expected = essenceOf(local);
      expect(expected.candidates).toHaveLength(32);
      expect(expected.pairSets).toHaveLength(1);

      const folder = tinyFolder();
      const workspace = join(folder, "workspace");
      let killed: number | undefined;
      const kill = () => {
        killed ??= killAWorker(workspace);
      };
      const progress = new FakeProgress({ advance: kill });
      const executor = { kind: "ray", address: cluster.address, workers: 2 } as const;
      await runPipeline(config, { workspace, home: HOME, progress, executor });

      expect(killed).toBeGreaterThan(0);
      expect(essenceOf(folder)).toEqual(expected);
      const faults = reading(folder, faultsOf);
      expect(faults.length).toBeGreaterThanOrEqual(1);
      expect(faults.map(({ reason }) => reason).join()).toContain("its worker is gone");
      expect(faults.some(({ setAside }) => setAside)).toBe(false);
      expect(reading(folder, (store) => store.jobs.list("tiny").map((job) => job.progress))).toEqual([
        "finished",
      ]);
    },
    300 * SECONDS,
  );

  it(
    "trains in two processes through Ray Train, one of them killed on the way, along the curve of one",
    async () => {
      const folder = tinyFolder();
      const alone = new Map<number, number | null>();
      await runTraining(requestOf(join(folder, "alone")), { onEvent: (event) => keepLoss(alone, event) });
      expect(alone.size).toBe(STEPS);

      const store = openStore(workspacePaths(join(folder, "workspace")));
      const executor = rayExecutor({
        jobs: rayJobs(cluster.address),
        ...{ address: cluster.address, store, runId: "train", workers: 2, progress: SILENT },
        execution: config.execution,
        // No shard is asked for.
        tasks: {} as TaskSettings,
      });
      const together = new Map<number, number | null>();
      const restarts: Restart[] = [];
      let killed: number | undefined;
      const trained = await executor.train?.(
        { ...requestOf(join(folder, "together")), processes: 2 },
        {
          onEvent: (event) => {
            keepLoss(together, event);
            if (event.event === "step-end" && event.step >= KILLED_FROM)
              killed ??= killATrainer(store.workspace.root);
          },
          onRestart: (restart) => restarts.push(restart),
        },
      );
      await executor.close();
      store.close();

      expect(killed).toBeGreaterThan(0);
      expect(restarts).toHaveLength(1);
      expect(restarts[0]).toMatchObject({ start: 2, processes: 2 });
      expect(restarts[0]?.reason).toContain("process 1: ");
      expect(trained?.steps).toBe(STEPS);
      expect([...together.keys()]).toEqual([...alone.keys()]);
      for (const [step, loss] of alone) expect(together.get(step)).toBeCloseTo(loss as number, 4);
    },
    600 * SECONDS,
  );
});

const STEPS = 24;
const KILLED_FROM = 8;

/** A training of the bundled generator on two pairs: each of two processes has one. */
function requestOf(out: string): TrainRequest {
  return {
    request: "train",
    pairs: [join(HOME, "test", "contract", "pairs.arrow")],
    generator: join(HOME, "data", "models", "scenes-base"),
    out,
    ...{ steps: STEPS, batchPairs: 2, learningRate: 1e-5, checkpointEvery: 5, threads: 1, seed: 3 },
  };
}

function keepLoss(curve: Map<number, number | null>, event: WorkerEvent): void {
  if (event.event === "step-end") curve.set(event.step, event.loss);
}

/** Kills the worker that gave the first receipt; undefined while none has. */
function killAWorker(workspace: string): number | undefined {
  const found = receiptsOf(workspace).find((line) => line.includes('"receipt"'));
  if (found === undefined) return undefined;
  return kill((JSON.parse(found) as { receipt: { worker: string } }).receipt.worker);
}

/** Kills the second process of a training. */
function killATrainer(workspace: string): number {
  const found = receiptsOf(workspace).find((line) => line.includes('"training"')) as string;
  return kill((JSON.parse(found) as { training: { workers: string[] } }).training.workers[1] as string);
}

function receiptsOf(workspace: string): string[] {
  if (!existsSync(join(workspace, "cluster"))) return [];
  const [job] = readdirSync(join(workspace, "cluster"));
  return readFileSync(join(workspace, "cluster", job ?? "", "receipts.jsonl"), "utf8").split("\n");
}

/** `name` is "host pid". */
function kill(name: string): number {
  const pid = Number(name.split(" ")[1]);
  process.kill(pid, "SIGKILL");
  return pid;
}
