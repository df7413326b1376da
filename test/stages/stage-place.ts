import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { candidateFiles } from "../../src/adapters/arrow/index.js";
import { openStore, type StageRow, type Store } from "../../src/adapters/store/index.js";
import { imageSource } from "../../src/decoding/image-source.js";
import { workspacePaths } from "../../src/paths.js";
import { SILENT } from "../../src/records/progress.js";
import type { Prompt } from "../../src/records/prompt.js";
import type { Sampler } from "../../src/records/seams.js";
import { sampleCandidates } from "../../src/stages/candidates/sample-candidates.js";
import { storePrompts } from "../../src/stages/prompts/store-prompts.js";
import type { StagePlace } from "../../src/stages/running/stage-place.js";
import { searchSource } from "../../src/stages/sampling/search-source.js";
import type { CandidateSource } from "../../src/stages/sampling/wanted-candidates.js";
import { FakeDecoder, FakeSampler } from "../../src/testing.js";

export interface Bench {
  readonly place: StagePlace;
  readonly store: Store;
  readonly files: ReturnType<typeof candidateFiles>;
  readonly image: ReturnType<typeof imageSource>;
}

/** A fresh workspace with one run, for one test. */
export function openBench(runId = "test", root = mkdtempSync(join(tmpdir(), "espalier-stage-"))): Bench {
  const store = openStore(workspacePaths(root));
  onTestFinished(() => {
    store.close();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    ...benchOn(store, runId),
    store,
    files: candidateFiles(root),
    image: imageSource(new FakeDecoder()),
  };
}

/** Another run on the same ledger. */
export function benchOn(store: Store, runId: string): { place: StagePlace } {
  store.runs.open({ id: runId, pipeline: "test", configHash: runId, config: {} });
  for (const number of [0, 1]) store.rounds.open({ runId, number, manifest: {} });
  return { place: { store, runId, round: 1, progress: SILENT } };
}

/** Prompts "a star 0", … with GenEval metadata of one object. */
export function starPrompts(count: number, tag = "single_object"): Prompt[] {
  return Array.from({ length: count }, (_, index) => {
    const text = `a star ${index} ${tag}`;
    return { id: text, text, metadata: { tag, include: [{ class: "star", count: 1 }], prompt: text } };
  });
}

/** Candidates of a FakeSampler; `opened` counts how often one was needed. */
export function fakeSource(sampler: Sampler = new FakeSampler()): CandidateSource & { opened: number } {
  const counted = { opened: 0 };
  const open = async () => {
    counted.opened += 1;
    return sampler;
  };
  return Object.assign(
    counted,
    searchSource({ checkpoint: sampler.checkpoint, settings: sampler.settings, open }),
  );
}

/** A finished candidates stage: `perPrompt` fakes of each prompt. */
export async function sampled(
  bench: Bench,
  prompts: readonly Prompt[],
  perPrompt: number,
): Promise<StageRow> {
  await storePrompts(bench.place, { name: "prompts", prompts, origin: "test" });
  const params = {
    prompts,
    images: { perPrompt },
    source: fakeSource(),
    files: bench.files,
    seed: 1,
    purpose: "test",
    shardImages: 8,
  };
  return sampleCandidates(bench.place, params);
}
