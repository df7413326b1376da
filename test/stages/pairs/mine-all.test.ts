import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../src/records/verdict.js";
import {
  type JudgedPrompt,
  type MiningRules,
  type MiningSource,
  mineAll,
  type PromptPair,
} from "../../../src/stages/pairs/mine-all.js";

const rules: MiningRules = {
  labels: { by: "judge", yesFrom: 0.7, noUpTo: 0.3 },
  mining: { policy: "random-yes-no", pairsPerPrompt: 1, margin: 0 },
  pairsPerTask: null,
  earlierPairs: 0,
  seed: 1,
};

function prompt(id: string, tag: string, verdicts: readonly (number | Verdict)[]): JudgedPrompt {
  const metadata = { tag, include: [], prompt: id };
  const candidates = verdicts.map((verdict, seed) => ({
    id: `${id}-${seed}`,
    seed,
    verdict: typeof verdict === "number" ? ({ kind: "scored", score: verdict } as const) : verdict,
  }));
  return { prompt: { id, text: id, metadata }, candidates };
}

const failed: Verdict = { kind: "failed", reason: "no answer" };

function sourceOf(prompts: readonly JudgedPrompt[], earlier: readonly PromptPair[] = []): MiningSource {
  return { prompts: () => prompts, earlier: () => earlier, tokens: async () => new Map() };
}

async function mine(prompts: readonly JudgedPrompt[], given: MiningRules, earlier?: readonly PromptPair[]) {
  const { report, pairs } = await mineAll(sourceOf(prompts, earlier), given);
  const found: PromptPair[] = [];
  for await (const pair of pairs()) found.push(pair);
  return { report, pairs: found };
}

function earlierPair(number: number): PromptPair {
  const [chosenId, rejectedId] = [`old-${number}-yes`, `old-${number}-no`];
  const scores = { chosenScore: 1, rejectedScore: 0, margin: 1 };
  return {
    prompt: { id: "old", text: "old" },
    promptId: "old",
    chosenId,
    rejectedId,
    ...scores,
    policy: "old",
  };
}

describe("mineAll", () => {
  it("counts every prompt and candidate once, and pairs none without a score", async () => {
    const { pairs, report } = await mine(
      [
        prompt("mixed", "colors", [0.9, 0.1, 0.5]),
        prompt("yes", "colors", [0.8, 0.7]),
        prompt("no", "counting", [0.3, 0]),
        prompt("broken", "counting", [failed, 0.9]),
        prompt("unready", "counting", [{ kind: "not-ready" }, 0.5]),
        prompt("silent", "counting", [failed, failed]),
      ],
      rules,
    );
    expect(pairs.map(({ chosenId, rejectedId }) => [chosenId, rejectedId])).toEqual([["mixed-0", "mixed-1"]]);
    expect(report).toEqual({
      prompts: 6,
      promptsUsed: 1,
      candidates: 13,
      failedVerdicts: 4,
      undecided: 2,
      duplicateImages: 0,
      judgeUncertainty: expect.closeTo(0.6546, 4),
      pairs: 1,
      earlierPairs: 0,
      dropped: {
        ...{ "only-yes": 2, "only-no": 1, "no-labels": 1, "below-margin": 0, "failed-verdicts": 1 },
        ...{ tie: 0, "no-reasons": 0, "no-shared-path": 0 },
      },
      cutToBalance: 0,
      tasks: {
        colors: { prompts: 2, promptsUsed: 1, pairs: 1 },
        counting: { prompts: 4, promptsUsed: 0, pairs: 0 },
      },
      meanMargin: 0.8,
      marginHistogram: [0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    });
  });

  it("labels a detector's verdicts without thresholds", async () => {
    const byDetector = { ...rules, labels: { by: "detector" } } as const;
    expect((await mine([prompt("p", "colors", [1, 0])], byDetector)).pairs).toHaveLength(1);
  });

  it("uses an image that came out twice once", async () => {
    const judged = prompt("p", "colors", [0.9, 0.9, 0.1, 0.1]);
    const twice = judged.candidates.map((one, at) => ({ ...one, grid: at < 2 ? "same" : `other-${at}` }));
    const many = { ...rules, mining: { policy: "random-yes-no", pairsPerPrompt: 9, margin: 0 } } as const;
    const { pairs, report } = await mine([{ ...judged, candidates: twice }], many);
    expect([pairs.length, report.duplicateImages]).toEqual([2, 1]);
  });

  it("keeps at most pairsPerTask pairs of each task, the same ones whatever the order of the prompts", async () => {
    const prompts = ["a", "b", "c", "d"].map((id) => prompt(id, "colors", [1, 0]));
    const others = ["e"].map((id) => prompt(id, "counting", [1, 0]));
    const capped = { ...rules, pairsPerTask: 2 };
    const { pairs, report } = await mine([...prompts, ...others], capped);
    const backwards = await mine([...others, ...[...prompts].reverse()], capped);
    expect(report.tasks).toMatchObject({ colors: { prompts: 4, pairs: 2 }, counting: { pairs: 1 } });
    expect([report.cutToBalance, report.pairs, pairs.length]).toEqual([2, 3, 3]);
    const idsOf = (found: readonly PromptPair[]) => new Set(found.map(({ promptId }) => promptId));
    expect(idsOf(backwards.pairs)).toEqual(idsOf(pairs));
  });

  it("mixes in the declared share of earlier pairs, each once, and says how many", async () => {
    const prompts = ["a", "b", "c", "d", "e", "f"].map((id) => prompt(id, "colors", [1, 0]));
    const old = Array.from({ length: 10 }, (_, number) => earlierPair(number));
    const { pairs, report } = await mine(prompts, { ...rules, earlierPairs: 0.25 }, [...old, ...old]);
    expect(pairs.map(({ policy }) => policy)).toEqual([...Array(6).fill("random-yes-no"), "old", "old"]);
    expect(new Set(pairs.map(({ chosenId }) => chosenId)).size).toBe(8);
    expect(report).toMatchObject({ pairs: 8, earlierPairs: 2 });
  });
});
