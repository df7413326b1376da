import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { StageRow } from "../../../src/adapters/store/index.js";
import { freezeVerifier, type SearchVerifier } from "../../../src/config/schema/verifier.js";
import { sampleCandidates } from "../../../src/stages/candidates/sample-candidates.js";
import { evaluateCheckpoint } from "../../../src/stages/evaluation/evaluate-checkpoint.js";
import { evaluationImages } from "../../../src/stages/evaluation/images.js";
import { labelStates } from "../../../src/stages/judge-data/label-states.js";
import { pathTasks } from "../../../src/stages/judge-data/path-tasks.js";
import { storePrompts } from "../../../src/stages/prompts/store-prompts.js";
import { searchImages } from "../../../src/stages/search/search-images.js";
import {
  FakeDecoder,
  FakeDetector,
  FakeJudge,
  FakeSampler,
  scoreByHash,
  withFaults,
} from "../../../src/testing.js";
import { type Bench, fakeSource, openBench, starPrompts } from "../stage-place.js";

const prompts = starPrompts(4);
const detector = new FakeDetector(({ data }) =>
  (data[0] as number) >= 16 ? [{ class: "star", box: [0, 0, 1, 1], score: 1, color: "red" }] : [],
);
/** All of a stage is one shard. */
const shared = { seed: 1, purpose: "test", shardImages: 1000 };
const parm = freezeVerifier({ kind: "parm-plus-plus", n: 5 }, "test") as SearchVerifier;
const judge = () => new FakeJudge(scoreByHash);

function evaluate(bench: Bench, sampler: FakeSampler, kind: "none" | "parm") {
  const verifier = freezeVerifier(kind === "none" ? { kind } : { kind, n: 5 }, "test");
  const images = evaluationImages(prompts, { perPrompt: 6 }, 0);
  const models = { source: fakeSource(sampler), judge: judge(), detector };
  return evaluateCheckpoint(bench.place, {
    ...bench,
    ...shared,
    ...models,
    name: kind,
    label: kind,
    images,
    verifier,
  });
}

const STAGES: Record<string, (bench: Bench, sampler: FakeSampler) => Promise<StageRow>> = {
  candidates: ({ place, files }, sampler) =>
    sampleCandidates(place, {
      ...shared,
      prompts,
      images: { perPrompt: 12 },
      source: fakeSource(sampler),
      files,
    }),
  "candidates with forks": ({ place, files }, sampler) =>
    sampleCandidates(place, {
      ...{ ...shared, prompts, files, source: fakeSource(sampler) },
      ...{ images: { perPrompt: 12 }, forks: { after: [1, 2], each: 3 } },
    }),
  searches: ({ place }, sampler) =>
    searchImages(place, {
      ...{ ...shared, prompts, perPrompt: 4, verifier: parm },
      ...{ source: fakeSource(sampler), judge: judge() },
    }),
  "a plain evaluation": (bench, sampler) => evaluate(bench, sampler, "none"),
  "a searched evaluation": (bench, sampler) => evaluate(bench, sampler, "parm"),
  "a judge's data": ({ place }, sampler) =>
    labelStates(place, {
      ...{ name: "judge-states", tasks: pathTasks(prompts, { perTask: 20, doubled: [] }, 1) },
      ...{ checkpoint: sampler.checkpoint, settings: sampler.settings, openSampler: async () => sampler },
      ...{ decoder: new FakeDecoder(), detector, encodePrompt: () => new Uint16Array(3) },
      ...{ seed: 1, completions: 2, completedStates: 1, shardPaths: 1000 },
    }),
};

async function openStage(): Promise<Bench> {
  const bench = openBench();
  await storePrompts(bench.place, { name: "prompts", prompts, origin: "test" });
  return bench;
}

/** A sampler that fails after so many forward passes. */
function failingAfter(passes: number): FakeSampler {
  let left = passes;
  return new FakeSampler({
    beforeStep: () => {
      if (left-- === 0) throw new Error("stopped");
    },
  });
}

/** All that a stage left, but for times. */
function essence({ store }: Bench, { id, summary }: StageRow) {
  const candidates = [...store.candidates.iterate(id)];
  return {
    summary,
    shards: store.shards.list(id).map(({ file, sha256, rows }) => ({ file, sha256, rows })),
    candidates,
    verdicts: candidates.map((one) => store.verdicts.ofCandidate(one.id)),
    searches: [...store.searches.iterate(id)].map(({ seconds: _, shardId: __, ...row }) => row),
    items: [...store.evaluations.items(id)],
  };
}

const files = ({ store }: Bench) => readdirSync(store.workspace.arrow, { recursive: true, encoding: "utf8" });
const unfinished = (bench: Bench) => files(bench).filter((name) => name.endsWith(".unfinished"));

describe("a shard that is stopped midway", () => {
  test.each(Object.entries(STAGES))(
    "of %s goes on after what was finished, and ends the same",
    async (_, run) => {
      const [whole, broken] = [await openStage(), await openStage()];
      const sampler = new FakeSampler();
      const expected = essence(whole, await run(whole, sampler));
      const passes = sampler.batches.length;
      await expect(run(broken, failingAfter(Math.floor(passes * 0.7)))).rejects.toThrow("stopped");
      expect(unfinished(broken)).toHaveLength(1);
      const again = new FakeSampler();
      expect(essence(broken, await run(broken, again))).toEqual(expected);
      expect(again.batches.length).toBeLessThan(passes * 0.6);
      expect([unfinished(whole), unfinished(broken)]).toEqual([[], []]);
      expect(files(broken).sort()).toEqual(files(whole).sort());
    },
  );

  test("asks again where a judge failed", async () => {
    const bench = await openStage();
    const search = (sampler: FakeSampler, judge: FakeJudge) =>
      searchImages(bench.place, {
        ...{ ...shared, prompts, perPrompt: 4, verifier: parm, judge, source: fakeSource(sampler) },
      });
    const failing = new FakeJudge(withFaults(scoreByHash, () => true));
    await expect(search(new FakeSampler(), failing)).rejects.toThrow(/scored/);
    const { summary } = await search(new FakeSampler(), judge());
    expect(summary).toMatchObject({ failedVerdicts: 0 });
  });
});
