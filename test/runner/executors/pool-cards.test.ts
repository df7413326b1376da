import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { runTraining } from "../../../src/adapters/python/index.js";
import type { Store } from "../../../src/adapters/store/index.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import { workspacePaths } from "../../../src/paths.js";
import { Cuts } from "../../../src/records/cut.js";
import { SILENT } from "../../../src/records/progress.js";
import { openExecutor } from "../../../src/runner/executors/open-executor.js";
import { type ClosableExecutor, type PoolSettings, processPool } from "../../../src/runner/executors/pool.js";
import { ModelReferences } from "../../../src/runner/models/model-references.js";
import type { RunModels } from "../../../src/runner/models/open-models.js";
import { ShardFault, type ShardRequest } from "../../../src/stages/running/executor.js";

const WORKER = fileURLToPath(new URL("../../fixtures/executors/tells-cards.mjs", import.meta.url));
const CHECKPOINT = { identity: "c", location: "bundled:c" };

let folder: string;
let pool: ClosableExecutor | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-pool-"));
});
afterEach(async () => {
  await pool?.close();
  pool = undefined;
  rmSync(folder, { recursive: true });
});

function start(more: Partial<PoolSettings> = {}, cuts?: Cuts): ClosableExecutor {
  pool = processPool({
    tasks: {
      workspace: workspacePaths(folder),
      models: folder,
      family: freezeConfig({ name: "mine" }).models,
      settings: { steps: 1, guidanceScale: 0, temperature: 1, schedule: "cosine" },
      slots: 1,
      tokenizer: CHECKPOINT,
      references: new ModelReferences(),
      cuts,
    },
    workers: 2,
    cards: [["GPU-a"], ["GPU-b"]],
    command: [process.execPath, WORKER],
    attempts: 3,
    shardMinutes: 1,
    ...more,
  });
  return pool;
}

interface Told {
  readonly cards: string | null;
  readonly pid: number;
}

/** A shard that takes a moment, so that two are under way at once. */
async function shard(executor: ClosableExecutor, index: number, order: object = {}): Promise<Told> {
  const request: ShardRequest = {
    stage: { id: "s", name: "waits" },
    index,
    attempt: 1,
    order: {
      kind: "wait",
      milliseconds: 100,
      marker: join(folder, "marker"),
      ...order,
    } as ShardRequest["order"],
    checkpoint: null,
    judge: null,
  };
  return (await executor.compute(request)).data as Told;
}

describe("a pool of workers with graphics cards", () => {
  it("gives each its own, and keeps it", async () => {
    const executor = start();
    const told = await Promise.all([0, 1, 2, 3].map((index) => shard(executor, index)));
    expect(new Set(told.map(({ cards, pid }) => `${cards} ${pid}`)).size).toBe(2);
    expect(new Set(told.map(({ cards }) => cards))).toEqual(new Set(["GPU-a", "GPU-b"]));
  });

  it("hands on what their models cut, a text of both once", async () => {
    const cuts = new Cuts();
    const executor = start({}, cuts);
    const cut = [{ what: "prompt", reader: "the generator", limit: 129, text: "long" }] as const;
    await Promise.all([0, 1, 2].map((index) => shard(executor, index, index === 2 ? {} : { cut })));
    expect(cuts.taken()).toEqual(cut);
  });

  it.each([
    ["die", "it ended (SIGKILL)"],
    ["hang", "it took longer than 10 s and was ended"],
  ])(
    "loses the shard in flight to one that must %s, and starts another with the same card",
    async (fault, why) => {
      const executor = start({ shardMinutes: 10 / 60 });
      const [first, second] = await Promise.all([shard(executor, 0), shard(executor, 1)]);
      const outcomes = await Promise.allSettled([shard(executor, 2, { fault }), shard(executor, 3)]);
      const failed = outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult;
      expect(failed.reason).toBeInstanceOf(ShardFault);
      expect((failed.reason as Error).message).toContain(why);
      expect(outcomes[1]?.status).toBe("fulfilled");

      const again = await Promise.all([shard(executor, 2, { fault }), shard(executor, 4)]);
      expect(new Set(again.map(({ cards }) => cards))).toEqual(new Set(["GPU-a", "GPU-b"]));
      const before = [first, second].map((one) => one?.pid);
      expect(again.filter(({ pid }) => before.includes(pid))).toHaveLength(1);
    },
  );

  it("lets go of the cards while this machine trains", async () => {
    const alive: boolean[] = [];
    const pids: number[] = [];
    const train = (async () => {
      for (const pid of pids) alive.push(isAlive(pid));
      return { folder, identity: "t", steps: 1 };
    }) as typeof runTraining;
    const executor = start({ train });
    pids.push((await shard(executor, 0)).pid);
    await executor.train?.({} as Parameters<typeof runTraining>[0]);
    expect(alive).toEqual([false]);
    expect((await shard(executor, 1)).pid).not.toBe(pids[0]);
  });

  it("without cards tells its workers nothing and trains as ever", async () => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
    const executor = start({ cards: null, train: (async () => undefined) as never });
    expect((await shard(executor, 0)).cards).toBeNull();
    expect(executor.train).toBeUndefined();
    vi.unstubAllEnvs();
  });
});

describe("a run on this machine", () => {
  const executorOf = (models: object, more: object = {}) => {
    const config = freezeConfig({ name: "mine", models, ...more } as Parameters<typeof freezeConfig>[0]);
    const opened = { settings: {}, tokenizer: CHECKPOINT, references: new ModelReferences(), family: {} };
    const store = { workspace: workspacePaths(folder) } as Store;
    return openExecutor(
      { kind: "local", workers: null },
      { store, models: opened as unknown as RunModels, config, bundledModels: folder, progress: SILENT },
    );
  };
  beforeEach(() => {
    writeFileSync(join(folder, "nvidia-smi"), '#!/bin/sh\nprintf "GPU-a\\nGPU-b\\nGPU-c\\n"\n');
    chmodSync(join(folder, "nvidia-smi"), 0o755);
    vi.stubEnv("PATH", [folder, process.env["PATH"]].join(delimiter));
    vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  it("uses every graphics card it finds, where its models run on cards", () => {
    pool = executorOf({ family: "show-o" }) ?? undefined;
    expect(pool?.width()).toBe(3);
  });

  it("is one process where the models run without cards, or one worker takes them all", () => {
    expect(executorOf({ family: "bundled" })).toBeNull();
    expect(executorOf({ family: "show-o", device: "cpu" })).toBeNull();
    expect(executorOf({ family: "show-o" }, { execution: { gpus: 3 } })).toBeNull();
  });
});

function isAlive(pid: number): boolean {
  if (existsSync("/proc")) return existsSync(`/proc/${pid}`);
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
