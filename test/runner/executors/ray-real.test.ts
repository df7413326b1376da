import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, RAY, startCluster } from "../../../scripts/local-ray.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import type { Progress } from "../../../src/records/progress.js";
import { HOME } from "../../../src/runner/locate-file.js";
import { runPipeline } from "../../../src/runner/run-pipeline.js";
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
    cluster = await startCluster(90);
  }, 300 * SECONDS);
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
      const notes: string[] = [];
      const progress: Progress = {
        start: () => ({ advance: kill, end() {} }),
        note: (text) => notes.push(text),
      };
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
});

/** Kills the worker that gave the first receipt; undefined while none has. */
function killAWorker(workspace: string): number | undefined {
  if (!existsSync(join(workspace, "cluster"))) return undefined;
  const [job] = readdirSync(join(workspace, "cluster"));
  const lines = readFileSync(join(workspace, "cluster", job ?? "", "receipts.jsonl"), "utf8").split("\n");
  const receipt = lines.find((line) => line.includes('"receipt"'));
  if (receipt === undefined) return undefined;
  const pid = Number((JSON.parse(receipt) as { receipt: { worker: string } }).receipt.worker.split(" ")[1]);
  process.kill(pid, "SIGKILL");
  return pid;
}
