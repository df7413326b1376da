/**
 * What a run on a Ray cluster makes of the death of a machine, shown on a real one of two nodes on this machine: first a
 * node is killed in the middle of a run, then the head, and with it the coordinator; the head is started anew and then the
 * coordinator. Either run must end in what one process alone comes to, or the exit code is 1.
 *
 *   npx tsx scripts/trials/cluster.ts
 */
import "../explain-faults.js";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { openStore, type Store } from "../../src/adapters/store/index.js";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { workspacePaths } from "../../src/paths.js";
import { HOME } from "../../src/runner/locate-file.js";
import { runPipeline } from "../../src/runner/run/run-pipeline.js";
import { type Cluster, joinCluster, startCluster } from "./local-ray.js";

const START_SECONDS = 600;
/** Shards that have come back when a machine dies. */
const DONE = 3;

const config = freezeConfig({
  name: "faults",
  seed: 1,
  sampler: { steps: 4 },
  round: {
    prompts: 12,
    candidates: { perPrompt: 4 },
    mining: { policy: "random-yes-no", pairsPerPrompt: 2 },
    training: { steps: 2, batchPairs: 2, threads: 1 },
  },
  rounds: 1,
  gate: { rule: "always-promote" },
  evaluation: { images: { perTask: 1 }, rows: [{ verifier: { kind: "none" } }], resamples: 100 },
  shardImages: 4,
});

const [mode, ...given] = process.argv.slice(2);
if (mode === "coordinate") await coordinate(given[0] as string, given[1] as string);
else await showAll();

/** The coordinator, in a process of its own so that it can be killed. */
async function coordinate(workspace: string, address: string): Promise<void> {
  const progress = {
    start: (name: string) => ({ advance() {}, end: () => console.log(`  ended: ${name}`) }),
    note: (text: string) => console.log(`  ${text.split("\n")[0]}`),
  };
  const executor = { kind: "ray", address, workers: 2 } as const;
  await runPipeline(config, { workspace, home: HOME, progress, executor });
}

async function showAll(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "espalier-faults-"));
  const place = (name: string) => join(root, name, "workspace");
  let cluster: Cluster | undefined;
  try {
    await runPipeline(config, { workspace: place("local"), home: HOME });
    cluster = await startCluster(START_SECONDS, { cpus: 1 });
    await killNode(cluster, place("node"));
    cluster = await killHead(cluster, place("head"));
    const [expected, ...found] = ["local", "node", "head"].map((name) => reading(place(name), essenceOf));
    const same = found.map((one) => isDeepStrictEqual(one, expected));
    console.log(`the same as one process: after the node died ${same[0]}, after the head died ${same[1]}`);
    if (same.includes(false)) process.exitCode = 1;
  } finally {
    await cluster?.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

async function killNode(cluster: Cluster, workspace: string): Promise<void> {
  const node = await joinCluster(cluster, 1, START_SECONDS);
  const running = startCoordinator(workspace, cluster);
  await untilDone(workspace, running.child);
  console.log("killing the second node");
  await node.kill();
  await running.ended;
  tellFaults(workspace);
}

/** The head is started again at the same address, with room for both workers; returns it. */
async function killHead(cluster: Cluster, workspace: string): Promise<Cluster> {
  const before = startCoordinator(workspace, cluster);
  before.ended.catch(() => undefined);
  await untilDone(workspace, before.child);
  console.log("killing the head and the coordinator");
  await cluster.kill();
  before.child.kill("SIGKILL");
  const again = await startCluster(START_SECONDS, { cpus: 2, ports: cluster.ports });
  console.log("head and coordinator are started again");
  await startCoordinator(workspace, again).ended;
  tellFaults(workspace);
  return again;
}

function startCoordinator(workspace: string, { address }: Cluster) {
  const words = ["--import", "tsx", fileURLToPath(import.meta.url), "coordinate", workspace, address];
  const child = spawn(process.execPath, words, { cwd: HOME, stdio: "inherit" });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`The coordinator ended with exit code ${code}.`)),
    );
  });
  return { child, ended };
}

/** Waits until so many shards have come back. */
async function untilDone(workspace: string, coordinator: ChildProcess): Promise<void> {
  while (receiptsIn(join(workspace, "cluster")) < DONE) {
    if (coordinator.exitCode !== null) throw new Error("The coordinator ended before a machine was killed.");
    await setTimeout(50);
  }
}

function receiptsIn(folder: string): number {
  const [job] = existsSync(folder) ? readdirSync(folder) : [];
  const file = join(folder, job ?? "", "receipts.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8").split('"receipt"').length - 1 : 0;
}

function tellFaults(workspace: string): void {
  const told = reading(workspace, (store) => ({
    jobs: store.jobs.list(config.name).map(({ progress }) => progress),
    faults: stagesOf(store).flatMap(({ id }) => store.shards.faults(id).map(({ reason }) => reason)),
  }));
  console.log(`jobs: ${told.jobs.join(", ")}; failed tries: ${told.faults.length}`);
  for (const reason of told.faults) console.log(`  ${reason.split("\n")[0]}`);
}

/** Candidates, files of shards and pairs, all by hash. */
function essenceOf(store: Store) {
  return stagesOf(store).map(({ id, name }) => ({
    ...{ id, name, candidates: [...store.candidates.iterate(id)].map((one) => one.id) },
    files: store.shards.list(id).map(({ sha256, rows }) => (name === "pairs" ? rows : [sha256, rows])),
    pairs: name === "pairs" ? store.pairs.setHash(id) : null,
  }));
}

function stagesOf(store: Store) {
  return store.stages.list(config.name);
}

function reading<Result>(workspace: string, read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}
