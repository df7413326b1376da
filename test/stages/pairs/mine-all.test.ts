import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../src/records/verdict.js";
import { type JudgedPrompt, type MiningRules, mineAll } from "../../../src/stages/pairs/mine-all.js";

const rules: MiningRules = {
  labels: { by: "judge", yesFrom: 0.7, noUpTo: 0.3 },
  mining: { policy: "random-yes-no", pairsPerPrompt: 1 },
  pairsPerTask: null,
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

describe("mineAll", () => {
  it("counts every prompt and candidate once, and pairs none without a score", () => {
    const { pairs, report } = mineAll(
      [
        prompt("mixed", "colors", [0.9, 0.1, 0.5]),
        prompt("yes", "colors", [0.8, 0.7]),
        prompt("no", "counting", [0.3, 0]),
        prompt("broken", "counting", [failed, 0.9]),
        prompt("unready", "counting", [{ kind: "not-ready" }, 0.5]),
      ],
      rules,
    );
    expect(pairs.map(({ chosen, rejected }) => [chosen.id, rejected.id])).toEqual([["mixed-0", "mixed-1"]]);
    expect(report).toEqual({
      prompts: 5,
      candidates: 11,
      failedVerdicts: 2,
      undecided: 2,
      pairs: 1,
      dropped: { "only-yes": 2, "only-no": 1, "no-labels": 1, "below-margin": 0 },
      cutToBalance: 0,
      pairsByTask: { colors: 1 },
      meanMargin: 0.8,
    });
  });

  it("labels a detector's verdicts without thresholds", () => {
    const { pairs } = mineAll([prompt("p", "colors", [1, 0])], { ...rules, labels: { by: "detector" } });
    expect(pairs).toHaveLength(1);
  });

  it("keeps at most pairsPerTask pairs of each task, the same ones whatever the order of the prompts", () => {
    const prompts = ["a", "b", "c", "d"].map((id) => prompt(id, "colors", [1, 0]));
    const others = ["e"].map((id) => prompt(id, "counting", [1, 0]));
    const capped = { ...rules, pairsPerTask: 2 };
    const { pairs, report } = mineAll([...prompts, ...others], capped);
    const backwards = mineAll([...others, ...[...prompts].reverse()], capped);
    expect(report.pairsByTask).toEqual({ colors: 2, counting: 1 });
    expect(report.cutToBalance).toBe(2);
    expect(new Set(backwards.pairs.map(({ prompt }) => prompt.id))).toEqual(
      new Set(pairs.map(({ prompt }) => prompt.id)),
    );
  });
});
