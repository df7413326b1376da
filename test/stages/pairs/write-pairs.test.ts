import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPairs } from "../../../src/adapters/arrow/index.js";
import { decodePng } from "../../../src/adapters/images/index.js";
import type { Verdict } from "../../../src/records/verdict.js";
import { writePairSet } from "../../../src/stages/pairs/write-pairs.js";
import { scoreCandidates } from "../../../src/stages/scores/score-candidates.js";
import { FakeDecoder, FakeJudge } from "../../../src/testing.js";
import { type Bench, openBench, sampled, starPrompts } from "../stage-place.js";

const rules = {
  labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
  mining: { policy: "random-yes-no", pairsPerPrompt: 2, margin: 0 },
  pairsPerTask: null,
  earlierPairs: 0,
  seed: 3,
} as const;

/** Prompt 0 is always right, the others by the parity of their first token. */
function verdict(text: string, token: number): Verdict {
  return { kind: "scored", score: text.includes("star 0") || token % 2 === 1 ? 0.9 : 0.1 };
}

async function mined(bench: Bench) {
  const candidates = await sampled(bench, starPrompts(6), 6);
  const judge = new FakeJudge(({ prompt, image }) => verdict(prompt.text, image.tokens?.[0] as number));
  await scoreCandidates(bench.place, { ...bench, candidates, judge, failedVerdicts: 0 });
  const encodePrompt = (text: string) => Uint16Array.from(text.slice(0, 8), (letter) => letter.charCodeAt(0));
  const params = {
    ...bench,
    candidates,
    judge: judge.identity,
    rules,
    earlier: [],
    decoder: new FakeDecoder(),
    encodePrompt,
  };
  return writePairSet(bench.place, params);
}

describe("writePairSet", () => {
  it("writes chosen and rejected with tokens, steps, scores and decoded images", async () => {
    const bench = openBench();
    const stage = await mined(bench);
    const shards = bench.store.shards.list(stage.id);
    const rows = [];
    for (const { file } of shards) {
      for await (const row of readPairs(join(bench.store.workspace.root, file ?? ""))) rows.push(row);
    }
    expect(rows.length).toBeGreaterThan(4);
    for (const { chosen, rejected, margin, text, tag } of rows) {
      expect([chosen.score, rejected.score, tag]).toEqual([0.9, 0.1, "single_object"]);
      expect(margin).toBeCloseTo(0.8, 12);
      expect(text).toHaveLength(8);
      for (const side of [chosen, rejected]) {
        expect(side.committedAt.every((step) => step < 4)).toBe(true);
        const { data } = await decodePng(side.png);
        expect(data[0]).toBe(side.tokens[0]);
      }
    }
    expect(rows.map(({ id }) => id)).toEqual([...bench.store.pairs.iterate(stage.id)].map(({ id }) => id));
  });

  it("reports what was dropped, and the same candidates give the same pair set", async () => {
    const one = await mined(openBench());
    const again = await mined(openBench());
    expect(one.summary).toMatchObject({ prompts: 6, candidates: 36, failedVerdicts: 0 });
    const dropped = {
      "only-yes": expect.any(Number),
      "only-no": 0,
      "no-labels": 0,
      "below-margin": 0,
      tie: 0,
    };
    expect(one.summary).toMatchObject({ dropped });
    expect(one.summary?.["pairSet"]).toBe(again.summary?.["pairSet"]);
  });
});
