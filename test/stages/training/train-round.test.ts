import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { z } from "zod";
import type { runTraining, WorkerEvent } from "../../../src/adapters/python/index.js";
import { trainingSchema } from "../../../src/config/schema/training.js";
import { ConfigError } from "../../../src/errors.js";
import { registerCheckpoint } from "../../../src/stages/checkpoints/register-checkpoint.js";
import { writePairSet } from "../../../src/stages/pairs/write-pairs.js";
import { scoreCandidates } from "../../../src/stages/scores/score-candidates.js";
import { trainRound } from "../../../src/stages/training/train-round.js";
import { FakeDecoder, FakeJudge } from "../../../src/testing.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { MODELS, relabelled } from "../../runner/tiny-run.js";
import { type Bench, openBench, sampled, starPrompts } from "../stage-place.js";

async function pairsOf(bench: Bench, yes: (token: number) => boolean) {
  const candidates = await sampled(bench, starPrompts(4), 4);
  const judge = new FakeJudge(({ image }) => ({
    kind: "scored",
    score: yes(image.tokens?.[0] as number) ? 1 : 0,
  }));
  await scoreCandidates(bench.place, { ...bench, candidates, judge, failedVerdicts: 0 });
  const mining = { policy: "random-yes-no", pairsPerPrompt: 1, margin: 0 } as const;
  const rules = { labels: { by: "detector" }, mining, pairsPerTask: null, earlierPairs: 0, seed: 1 } as const;
  const encodePrompt = () => new Uint16Array(8);
  return writePairSet(bench.place, {
    ...bench,
    candidates,
    judge: judge.identity,
    rules,
    earlier: [],
    decoder: new FakeDecoder(),
    encodePrompt,
  });
}

function train(
  bench: Bench,
  pairs: Awaited<ReturnType<typeof pairsOf>>,
  trainer: typeof runTraining,
  length: z.input<typeof trainingSchema> = { steps: 3 },
) {
  const policy = registerCheckpoint(bench.store, join(MODELS, "generator"), "generator", "bundled:generator");
  const settings = trainingSchema.parse(length);
  const given = { settings, pairs: [pairs], policy, reference: policy, referencePolicy: "base", seed: 1 };
  return trainRound(bench.place, { ...given, train: trainer, exportPairs: async () => undefined });
}

const step = (number: number): WorkerEvent => ({
  ...{ event: "step-end", step: number, steps: 3, loss: 0.6, grad_norm: 1, learning_rate: 1e-4 },
  ...{ "rewards/chosen": 0, "rewards/rejected": 0, "rewards/margins": 0, "rewards/accuracies": 0.5 },
  ...{ "logps/chosen": -1, "logps/rejected": -1, pairs_per_second: 9, seconds_left: 1 },
});

/** Tells three steps and leaves an event log, as the Python trainer does. */
const trainer: typeof runTraining = async (request, options = {}) => {
  for (const number of [1, 2, 3]) options.onEvent?.(step(number));
  mkdirSync(`${request.out}.work`, { recursive: true });
  writeFileSync(`${request.out}.work/events.jsonl`, `${JSON.stringify(step(3))}\n`);
  return relabelled(request);
};

describe("trainRound", () => {
  it("keeps the checkpoint with its parents, pair set and events", async () => {
    const bench = openBench();
    const pairs = await pairsOf(bench, (token) => token % 2 === 0);
    const stage = await train(bench, pairs, trainer);
    const trained = bench.store.checkpoints.list().find(({ stageId }) => stageId === stage.id);
    const base = bench.store.checkpoints.find("generator");
    expect(trained?.parents).toEqual([base?.id]);
    expect(trained?.pairSetHash).toBe(bench.store.pairs.setHash(pairs.id));
    expect(basename(trained?.location ?? "")).toMatch(/^test-round-1-[0-9a-f]{6}$/);
    expect(bench.store.artifacts.list(stage.id).map(({ kind }) => kind)).toEqual(["training-events"]);
  });

  it("goes on where it was begun on another number of processes", async () => {
    const bench = openBench();
    const pairs = await pairsOf(bench, (token) => token % 2 === 0);
    const killed: typeof runTraining = () => Promise.reject(new Error("killed"));
    await expect(train(bench, pairs, killed, { steps: 3, processes: 4 })).rejects.toThrow("killed");
    const [begun] = bench.store.stages.list("test").filter(({ name }) => name === "training");
    const asked: (number | undefined)[] = [];
    const resumed: typeof runTraining = (request, options) => {
      asked.push(request.processes);
      return trainer(request, options);
    };
    expect((await train(bench, pairs, resumed, { steps: 3, processes: 2 })).id).toBe(begun?.id);
    expect(asked).toEqual([2]);
    expect((await train(bench, pairs, trainer, { steps: 3, processes: 2, beta: 0.2 })).id).not.toBe(
      begun?.id,
    );
  });

  it("reports each step and is not repeated once it is done", async () => {
    const bench = openBench();
    const pairs = await pairsOf(bench, (token) => token % 2 === 0);
    const advance = vi.fn();
    const progress = new FakeProgress({ advance });
    await train({ ...bench, place: { ...bench.place, progress } }, pairs, trainer);
    expect(advance.mock.calls).toEqual(Array(3).fill([1, "loss 0.600, pair accuracy 0.50"]));
    await train(bench, pairs, () => Promise.reject(new Error("trained again")));
  });

  it("counts the steps of whole epochs, the last of each with fewer pairs", async () => {
    const bench = openBench();
    const pairs = await pairsOf(bench, (token) => token % 2 === 0);
    const count = bench.store.shards.progress(pairs.id).rows;
    const start = vi.fn();
    const place = { ...bench.place, progress: new FakeProgress({ start }) };
    await train({ ...bench, place }, pairs, trainer, { epochs: 3, batchPairs: count - 1 });
    expect(count).toBeGreaterThan(2);
    expect(start).toHaveBeenCalledWith("round 1: training", 6, "steps", 0);
  });

  it("says from which step an interrupted training goes on", async () => {
    const bench = openBench();
    const pairs = await pairsOf(bench, (token) => token % 2 === 0);
    const progress = new FakeProgress();
    const resumed: typeof runTraining = async (request, options = {}) => {
      const ids = { generator: "0", reference: "0", fingerprint: "0", device: "cpu" };
      options.onEvent?.({ event: "train-start", step: 2, steps: 3, pairs: 1, ...ids });
      return trainer(request, options);
    };
    await train({ ...bench, place: { ...bench.place, progress } }, pairs, resumed);
    expect(progress.notes).toEqual(["training goes on from step 2 of 3"]);
  });

  it("refuses an empty pair set with a cure", async () => {
    const bench = openBench();
    const pairs = await pairsOf(bench, () => true);
    const training = train(bench, pairs, trainer);
    await expect(training).rejects.toThrow(ConfigError);
    await expect(training).rejects.toThrow(
      /no pairs to train on .*every decided image is right\)\. Sample more candidates/,
    );
  });
});
