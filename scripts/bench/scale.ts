/**
 * Shards per second on a Ray cluster of this machine with one worker and with two, whose work waits rather than
 * computes: what is lost is the cost of moving shards about. Its last line is one JSON object: `efficiency`, the rate
 * of two workers over twice that of one, and `overhead_ms_per_shard`, what a shard takes of a worker's time beyond its wait.
 *
 *   npm run bench:scale [-- --shards 60 --wait 250]
 *
 * The variable ESPALIER_RAY_ADDRESS names a cluster that runs already; this machine must share its folders.
 */
import "../explain-faults.js";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rayJobs } from "../../src/adapters/ray/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { workspacePaths } from "../../src/paths.js";
import { rayExecutor } from "../../src/runner/executors/ray.js";
import { ModelReferences } from "../../src/runner/models/model-references.js";
import { simulate } from "../../src/runner/scaling/simulate.js";
import type { ShardExecutor } from "../../src/stages/running/executor.js";
import { startCluster } from "../trials/local-ray.js";

const { values } = parseArgs({
  options: { shards: { type: "string", default: "60" }, wait: { type: "string", default: "250" } },
});
const [shards, wait] = [Number(values.shards), Number(values.wait)];

const root = mkdtempSync(join(tmpdir(), "espalier-scale-"));
const cluster = await startCluster(180);
const store = openStore(workspacePaths(root));
try {
  const [one, two] = [await measure(1), await measure(2)];
  const overhead = { start: 0, perShard: (two.worker - wait) / 1000, perCommit: 0 };
  for (const { workers, rate, seconds } of [one, two]) {
    const stage = { name: "wait", shards: Array(shards * workers).fill(wait / 1000), alone: 0 };
    const expected = simulate([stage], workers, overhead).seconds;
    console.log(
      `${workers} worker(s): ${rate.toFixed(2)} shards/s, ${seconds.toFixed(2)} s; the simulation says ${expected.toFixed(2)} s`,
    );
  }
  const efficiency = Number((two.rate / (2 * one.rate)).toFixed(3));
  console.log(JSON.stringify({ efficiency, overhead_ms_per_shard: Number((two.worker - wait).toFixed(2)) }));
} finally {
  store.close();
  await cluster.stop();
  rmSync(root, { recursive: true, force: true });
}

/** Rate of so many workers once all of them have started, and the milliseconds a shard takes of one's time. */
async function measure(workers: number) {
  const config = freezeConfig({ name: `scale-${workers}` });
  const executor = rayExecutor({
    jobs: rayJobs(cluster.address),
    ...{ address: cluster.address, store, runId: config.name, workers },
    execution: config.execution,
    progress: { start: () => ({ advance() {}, end() {} }), note: (text) => console.error(text) },
    tasks: {
      workspace: store.workspace,
      models: root,
      family: config.models,
      settings: { steps: 1, guidanceScale: 0, temperature: 1, schedule: "cosine" },
      slots: 1,
      tokenizer: { identity: "none", location: "none" },
      references: new ModelReferences(),
    },
  });
  try {
    await computeWaiting(executor, 8 * workers, 0);
    const begun = performance.now();
    await computeWaiting(executor, shards * workers, 1000);
    const seconds = (performance.now() - begun) / 1000;
    return { workers, seconds, rate: (shards * workers) / seconds, worker: (seconds * 1000) / shards };
  } finally {
    await executor.close();
  }
}

/** Has `count` shards computed, as many at once as the executor wants. */
async function computeWaiting(executor: ShardExecutor, count: number, from: number): Promise<void> {
  let next = from;
  const end = from + count;
  const ride = async () => {
    while (next < end) {
      const index = next++;
      const order = { kind: "wait", milliseconds: wait } as const;
      const stage = { id: "0", name: "wait" };
      await executor.compute({ stage, index, attempt: 1, order, checkpoint: null, judge: null });
    }
  };
  await Promise.all(Array.from({ length: executor.width() }, ride));
}
