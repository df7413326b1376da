import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256OfFile } from "../../../src/adapters/checkpoint-record.js";
import type { JudgeTrainRequest, runJudgeTraining } from "../../../src/adapters/python/index.js";
import { judgeTrainingSchema } from "../../../src/config/schema/judge-training.js";
import { ConfigError } from "../../../src/errors.js";
import { trainJudge } from "../../../src/stages/judge-training/train-judge.js";
import { runStage } from "../../../src/stages/running/run-stage.js";
import { hash32 } from "../../../src/stages/seeds.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { type Bench, openBench } from "../stage-place.js";

const IDENTITY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const generator = { identity: "base", name: "base", folder: "/models/base", location: "bundled:base" };
const settings = judgeTrainingSchema.parse({ steps: 2 });

/** A finished sample stage of `files` files. */
function samplesOf({ place, store }: Bench, files: number) {
  return runStage(place, {
    name: "judge-samples",
    inputs: { files },
    shards: Math.max(1, files),
    reads: () => [],
    unit: "images",
    unitsOf: () => 1,
    shard: async (index, stage) => {
      const file = `arrow/judge-samples-${stage.id}/${index}.arrow`;
      mkdirSync(join(store.workspace.root, `arrow/judge-samples-${stage.id}`), { recursive: true });
      writeFileSync(join(store.workspace.root, file), `samples ${index}`);
      store.shards.commit(
        stage.id,
        index,
        files === 0 ? { rows: 0 } : { rows: 5, file, sha256: sha256OfFile(join(store.workspace.root, file)) },
      );
    },
    summary: () => ({}),
  });
}

/** Writes an empty checkpoint, and what it was asked to `asked`. */
function trainer(asked: JudgeTrainRequest[]): typeof runJudgeTraining {
  return async (request, options = {}) => {
    asked.push(request);
    mkdirSync(request.out, { recursive: true });
    writeFileSync(join(request.out, "judge.safetensors"), "");
    const record = {
      ...{ format: 1, kind: "judge", family: "bundled", name: "trained", identity: IDENTITY },
      config: { grid: 8, codebook_size: 32 },
      files: { "judge.safetensors": IDENTITY },
    };
    writeFileSync(join(request.out, "checkpoint.json"), JSON.stringify(record));
    const parts = { "loss/answers": 0.5, "loss/ranking": 0.1, "loss/reasons": 0.1, grad_norm: 1 };
    const step = {
      event: "judge-step-end",
      steps: 2,
      loss: 0.7,
      learning_rate: 1,
      seconds_left: 0,
      ...parts,
    } as const;
    for (const at of [1, 2]) options.onEvent?.({ ...step, step: at });
    return { folder: request.out, identity: IDENTITY, steps: 2 };
  };
}

test("a judge is trained on all files of its samples and kept in the ledger", async () => {
  const bench = openBench();
  const samples = [await samplesOf(bench, 2), await samplesOf(bench, 1)];
  const asked: JudgeTrainRequest[] = [];
  const params = { settings, samples, generator, start: null, seed: 4, train: trainer(asked) };
  const stage = await trainJudge(bench.place, params);
  expect(stage.summary).toEqual({ images: 15, checkpoint: "trained" });
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({
    generator: "/models/base",
    start: null,
    steps: 2,
    seed: hash32(4, "judge-training"),
  });
  expect(asked[0]?.samples).toHaveLength(3);
  expect(bench.store.checkpoints.find(IDENTITY)).toMatchObject({ kind: "judge", stageId: stage.id });
  await trainJudge(bench.place, { ...params, settings: { ...settings, threads: 1 } });
  expect(asked).toHaveLength(1);
  const start = { ...generator, identity: "old", folder: "/models/old" };
  await trainJudge(bench.place, { ...params, start });
  expect(asked[1]).toMatchObject({ start: "/models/old" });
});

test("says from which step an interrupted training goes on", async () => {
  const bench = openBench();
  const progress = new FakeProgress();
  const resumed: typeof runJudgeTraining = async (request, options = {}) => {
    const ids = { parents: [], fingerprint: "0", device: "cpu", answers: {} };
    options.onEvent?.({ event: "judge-start", step: 1, steps: 2, samples: 5, ...ids });
    return trainer([])(request, options);
  };
  const params = { settings, samples: [await samplesOf(bench, 1)], generator, start: null, seed: 4 };
  await trainJudge({ ...bench.place, progress }, { ...params, train: resumed });
  expect(progress.notes).toEqual(["training goes on from step 1 of 2"]);
});

test("samples without an image cannot train one", async () => {
  const bench = openBench();
  const samples = [await samplesOf(bench, 0)];
  const params = { settings, samples, generator, start: null, seed: 4, train: trainer([]) };
  await expect(trainJudge(bench.place, params)).rejects.toThrow(ConfigError);
});

test("damaged samples are refused before the ledger is written", async () => {
  const bench = openBench();
  const samples = await samplesOf(bench, 2);
  writeFileSync(join(bench.store.workspace.root, `arrow/judge-samples-${samples.id}/1.arrow`), "other");
  const asked: JudgeTrainRequest[] = [];
  const params = { settings, samples: [samples], generator, start: null, seed: 4, train: trainer(asked) };
  await expect(trainJudge(bench.place, params)).rejects.toThrow(/1\.arrow has changed since it was written/);
  expect(asked).toEqual([]);
  expect(bench.store.stages.list("test").map(({ name }) => name)).toEqual(["judge-samples"]);
});
