import { describe, expect, it } from "vitest";
import { PromptError, VerifierError } from "../../../src/errors.js";
import type { Judge } from "../../../src/records/seams.js";
import { evaluateCheckpoint } from "../../../src/stages/evaluation/evaluate-checkpoint.js";
import { evaluationImages } from "../../../src/stages/evaluation/images.js";
import { storePrompts } from "../../../src/stages/prompts/store-prompts.js";
import { FakeDetector, FakeJudge, fakePrompt, scoreByFirstToken } from "../../../src/testing.js";
import { type Bench, fakeSource, openBench, starPrompts } from "../stage-place.js";

const prompts = [...starPrompts(3, "single_object"), ...starPrompts(2, "colors")];
/** Finds a star where the first pixel, and so the first token, is 16 or more. */
const detector = new FakeDetector(({ data }) =>
  (data[0] as number) >= 16 ? [{ class: "star", box: [0, 0, 1, 1], score: 1, color: "red" }] : [],
);

async function evaluate(
  bench: Bench,
  n: number,
  judge: Judge | null,
  source = fakeSource(),
  name = `best-of-${n}`,
) {
  await storePrompts(bench.place, { name: "prompts", prompts, origin: "test" });
  const stage = await evaluateCheckpoint(bench.place, {
    ...bench,
    name,
    label: name,
    images: evaluationImages(prompts, { perPrompt: 4 }, 0),
    verifier: n === 1 ? { kind: "none" } : { kind: "orm", n },
    source,
    judge,
    detector,
    seed: 1,
    purpose: "evaluation",
    shardImages: 16,
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
    expect(stage.summary).toEqual({ images: 20, tasks, overall: (tasks.single_object + tasks.colors) / 2 });
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

  it("refuses to choose where the judge scored nothing", async () => {
    const silent = new FakeJudge(() => ({ kind: "failed", reason: "no answer" }));
    const evaluating = evaluate(openBench(), 4, silent);
    await expect(evaluating).rejects.toThrow(VerifierError);
    await expect(evaluating).rejects.toThrow(/scored none of the 4 candidates of "a star 0/);
  });

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
