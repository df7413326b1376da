import { join } from "node:path";
import { expect, test } from "vitest";
import { candidateFiles } from "../../../src/adapters/arrow/index.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { reading, tinyConfig, tinyFolder, tinyOptions } from "../tiny-run.js";

test("a pipeline trains on pairs whose two images went apart from one state", async () => {
  const folder = tinyFolder();
  const config = tinyConfig(folder, {
    round: {
      ...{ prompts: 6, candidates: { perPrompt: 8 }, forks: { each: 4, after: [1, 2] } },
      labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
      mining: { policy: "per-step", pairsPerPrompt: 2 },
      training: { steps: 2, batchPairs: 2 },
    },
    rounds: 1,
  });
  await runPipeline(config, tinyOptions(folder));
  const { pairs, candidates } = reading(folder, (store) => {
    const stage = store.stages.list("tiny").find(({ name }) => name === "pairs");
    const pairs = [...store.pairs.iterate(stage?.id ?? "")];
    const ids = pairs.flatMap(({ chosenId, rejectedId }) => [chosenId, rejectedId]);
    return { pairs, candidates: new Map(ids.map((id) => [id, store.candidates.find(id)])) };
  });
  expect(pairs.length).toBeGreaterThan(6);
  expect(new Set(pairs.map(({ sharedSteps }) => sharedSteps))).toEqual(new Set([1, 2]));
  const files = candidateFiles(join(folder, "workspace"));
  for (const { chosenId, rejectedId, sharedSteps, policy, promptId } of pairs) {
    expect(policy).toBe("per-step");
    const [chosen, rejected] = [candidates.get(chosenId), candidates.get(rejectedId)];
    expect([chosen?.promptId, rejected?.promptId]).toEqual([promptId, promptId]);
    expect(chosen?.seed).toBe(rejected?.seed);
    if (chosen === undefined || rejected === undefined) continue;
    const [one, other] = [await files.read(chosen), await files.read(rejected)];
    const early = [...one.committedAt.keys()].filter(
      (at) => (one.committedAt[at] as number) < (sharedSteps ?? 0),
    );
    expect(early.length).toBeGreaterThan(0);
    for (const at of early) expect(other.tokens[at]).toBe(one.tokens[at]);
  }
});
