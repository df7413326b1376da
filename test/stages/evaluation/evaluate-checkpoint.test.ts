import { describe, expect, it } from "vitest";
import { freezeVerifier } from "../../../src/config/schema/verifier.js";
import { ConfigError, PromptError, VerifierError } from "../../../src/errors.js";
import type { Judge } from "../../../src/records/seams.js";
import { evaluateCheckpoint } from "../../../src/stages/evaluation/evaluate-checkpoint.js";
import { evaluationImages } from "../../../src/stages/evaluation/images.js";
import { storePrompts } from "../../../src/stages/prompts/store-prompts.js";
import {
  FakeDetector,
  FakeJudge,
  FakeSampler,
  fake,
  fakePrompt,
  scoreByFirstToken,
  scoreByHash,
  withFaults,
} from "../../../src/testing.js";
import { type Bench, fakeSource, openBench, starPrompts } from "../stage-place.js";

const prompts = [...starPrompts(3, "single_object"), ...starPrompts(2, "colors")];
/** Finds a star where the first pixel, and so the first token, is 16 or more. */
const detector = new FakeDetector(({ data }) =>
  (data[0] as number) >= 16 ? [{ class: "star", box: [0, 0, 1, 1], score: 1, color: "red" }] : [],
);

async function evaluate(
  bench: Bench,
  /** Of best-of-N, or a verifier's settings. */
  n: number | { readonly kind: string; readonly n: number },
  judge: Judge | null,
  source = fakeSource(),
  name = typeof n === "number" ? `best-of-${n}` : n.kind,
  shardImages = 16,
) {
  await storePrompts(bench.place, { name: "prompts", prompts, origin: "test" });
  const stage = await evaluateCheckpoint(bench.place, {
    ...bench,
    name,
    label: name,
    images: evaluationImages(prompts, { perPrompt: 4 }, 0),
    verifier: freezeVerifier(
      typeof n === "number" ? (n === 1 ? { kind: "none" } : { kind: "orm", n }) : n,
      "test",
    ),
    source,
    judge,
    detector,
    seed: 1,
    purpose: "evaluation",
    shardImages,
  });
  return { stage, items: [...bench.store.evaluations.items(stage.id)] };
}

async function firstTokens(bench: Bench, ids: readonly string[]): Promise<number[]> {
  const found = ids.map((id) => bench.store.candidates.find(id) as { file: string; row: number });
  return Promise.all(found.map(async (one) => (await bench.files.read(one)).tokens[0] as number));
}

describe("evaluateCheckpoint", () => {
  it("checks the first candidate of each image with GenEval's rules", async () => {
    const bench = openBench();
    const { stage, items } = await evaluate(bench, 1, null);
    const tokens = await firstTokens(
      bench,
      items.map(({ candidateId }) => candidateId),
    );
    expect(items).toHaveLength(20);
    expect(items.map(({ correct }) => correct)).toEqual(tokens.map((token) => token >= 16));
    expect(items.find(({ correct }) => !correct)?.reason).toBe("expected star>=1, found 0");
    const share = (tag: string) => {
      const some = items.filter((item) => item.tag === tag);
      return some.filter(({ correct }) => correct).length / some.length;
    };
    const tasks = { single_object: share("single_object"), colors: share("colors") };
    const costs = { nfe: 20 * 8, judgeCalls: 0, failedVerdicts: 0 };
    const overall = (tasks.single_object + tasks.colors) / 2;
    expect(stage.summary).toEqual({ images: 20, tasks, overall, ...costs });
  });

  it("takes the judge's favourite of N, whose first is the plain image", async () => {
    const bench = openBench();
    const plain = await evaluate(bench, 1, null);
    const best = await evaluate(bench, 4, new FakeJudge(scoreByFirstToken));
    const tokens = async (items: typeof plain.items) =>
      firstTokens(
        bench,
        items.map(({ candidateId }) => candidateId),
      );
    const [before, after] = [await tokens(plain.items), await tokens(best.items)];
    expect(after.every((token, index) => token >= (before[index] as number))).toBe(true);
    expect(after).not.toEqual(before);
    expect(bench.store.shards.progress(best.stage.id).rows).toBe(60);
  });

  it("costs nothing when best-of-N ran before", async () => {
    const bench = openBench();
    await evaluate(bench, 4, new FakeJudge(scoreByFirstToken));
    const source = fakeSource();
    const { items } = await evaluate(bench, 1, null, source);
    expect(source.opened).toBe(0);
    expect(items).toEqual((await evaluate(openBench(), 1, null)).items);
  });

  it("asks each candidate once, and gives plain images the judge's second opinion", async () => {
    const bench = openBench();
    const judge = new FakeJudge(scoreByFirstToken);
    const { items } = await evaluate(bench, 1, judge);
    expect(items.every(({ heldOutScore }) => heldOutScore !== null)).toBe(true);
    await evaluate(bench, 4, judge);
    expect(judge.batches.reduce((sum, size) => sum + size, 0)).toBe(80);
  });

  it("takes the plain image where the judge failed on all of an image's candidates, and counts them", async () => {
    const bench = openBench();
    const plain = await evaluate(bench, 1, null);
    const mute = withFaults(scoreByFirstToken, ({ prompt }) => prompt.text.startsWith("a star 0"));
    const { stage, items } = await evaluate(bench, 4, new FakeJudge(mute));
    expect(stage.summary).toMatchObject({ nfe: 80 * 8, judgeCalls: 80, failedVerdicts: 32 });
    const ids = (found: typeof items) =>
      found.filter(({ text }) => text.startsWith("a star 0")).map(({ candidateId }) => candidateId);
    expect(ids(items)).toEqual(ids(plain.items));
    const failed = [...bench.store.searches.iterate(stage.id)].filter(({ chosenId }) => chosenId === null);
    expect(failed.map(({ reason, failedVerdicts }) => [reason, failedVerdicts])).toEqual(
      Array(8).fill(["the judge scored 0 of 4", 4]),
    );
  });

  it("refuses a judge that scores nothing at all", async () => {
    const silent = new FakeJudge(() => ({ kind: "failed", reason: "no answer" }));
    for (const verifier of [4, { kind: "zero-order", n: 4 }] as const) {
      const evaluating = evaluate(openBench(), verifier, silent, fakeSource(), "silent", 64);
      await expect(evaluating).rejects.toThrow(VerifierError);
      await expect(evaluating).rejects.toThrow(/scored none of the \d+ images it was shown/);
    }
  });

  it("refuses a judge that cannot answer before anything is sampled", async () => {
    const judge = fake<Judge>("judge", { identity: "outcome-only", questions: ["outcome"] });
    const source = fakeSource();
    const evaluating = evaluate(openBench(), { kind: "parm", n: 4 }, judge, source);
    await expect(evaluating).rejects.toThrow(ConfigError);
    expect(source.opened).toBe(0);
  });

  it("says what it costs, and what of it was read back", async () => {
    const bench = openBench();
    const judge = new FakeJudge(scoreByFirstToken);
    await evaluate(bench, 1, null);
    const { stage } = await evaluate(bench, 4, judge);
    const costs = bench.store.searches.costs(stage.id);
    expect(costs).toMatchObject({ searches: 20, nfe: 640, sampledNfe: 480, judgeCalls: 80 });
    expect(costs.seconds).toBeGreaterThan(0);
  });

  it.each(["prm", "parm", "parm-plus-plus", "zero-order", "over-paths", "random"])(
    "searches with %s: the sampler's count, whole images stored, the same at every shard size",
    async (kind) => {
      const judge = new FakeJudge(scoreByHash);
      const run = async (shardImages: number) => {
        const bench = openBench();
        const sampler = new FakeSampler({ slots: shardImages });
        const source = fakeSource(sampler);
        const { stage, items } = await evaluate(bench, { kind, n: 4 }, judge, source, kind, shardImages);
        expect(stage.summary?.["nfe"]).toBe(sampler.nfe);
        const stored = [...bench.store.candidates.iterate(stage.id)];
        expect(stored.every(({ status, nfe }) => status === "finished" && nfe !== undefined)).toBe(true);
        expect(bench.store.evaluations.find(stage.id)?.selection).toBe(`${kind}-4`);
        return { items, summary: stage.summary, stored: stored.map(({ id }) => id) };
      };
      const first = await run(4);
      expect(first.items).toHaveLength(20);
      expect(await run(7)).toEqual(first);
    },
  );

  it("refuses prompts that nothing can check", async () => {
    const images = [{ prompt: fakePrompt("something beautiful"), sample: 0 }];
    const bench = openBench();
    const params = { ...bench, name: "plain", label: "plain", images, verifier: { kind: "none" as const } };
    const more = {
      source: fakeSource(),
      judge: null,
      detector,
      seed: 1,
      purpose: "evaluation",
      shardImages: 16,
    };
    await expect(evaluateCheckpoint(bench.place, { ...params, ...more })).rejects.toThrow(PromptError);
  });
});
