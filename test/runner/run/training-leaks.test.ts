import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore, type StoredPair } from "../../../src/adapters/store/index.js";
import { workspacePaths } from "../../../src/paths.js";
import { planPipeline } from "../../../src/runner/planning/plan-pipeline.js";
import { compareStored } from "../../../src/runner/reports/compare-stored.js";
import { decide } from "../../../src/runner/reviews/decide-pairs.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { judgeData } from "../../../src/runner/single-stages/judge-stages.js";
import { evaluate, generate, pair, score, train } from "../../../src/runner/single-stages/single-stages.js";
import type { StageSessionOptions } from "../../../src/runner/single-stages/stage-session.js";
import { reading, tinyConfig, tinyFolder, tinyOptions } from "../tiny-run.js";

test("an evaluation does not start on what a set that people decided on has taught, and says so when told to go on", async () => {
  const folder = tinyFolder();
  const config = tinyConfig(folder);
  const options: StageSessionOptions = { ...tinyOptions(folder), config };
  const { training } = config.rounds[0] as (typeof config.rounds)[number];
  const file = join(folder, "train.txt");
  const candidates = await generate({ file, limit: null, images: { perPrompt: 4 } }, options);
  await score({ candidates: candidates.id, by: "judge" }, options);
  const labels = { by: "judge", yesFrom: 0.5, noUpTo: 0.5 } as const;
  const mining = { policy: "random-yes-no", pairsPerPrompt: 2, margin: 0 } as const;
  const alone = { pairsPerTask: null, earlier: [], earlierPairs: 0 } as const;
  const pairs = await pair({ candidates: candidates.id, labels, mining, ...alone }, options);
  expect(pairs.summary).toMatchObject({
    nearDuplicates: { pairs: expect.any(Number), images: expect.any(Number) },
  });
  const unreviewed = decide({ pairs: pairs.id, undecided: "keep", least: 1 }, options);
  await expect(unreviewed).rejects.toThrow(/Nobody has answered on a pair .* First: espalier review/);
  const store = openStore(workspacePaths(options.workspace), { lease: "never" });
  const [{ chosenId: leftId, rejectedId: rightId }] = [...store.pairs.iterate(pairs.id)] as [StoredPair];
  store.reviews.answer({ stageId: pairs.id, reviewer: "ann", leftId, rightId, answer: "left" });
  store.close();
  const decided = await decide({ pairs: pairs.id, undecided: "keep", least: 1 }, options);
  await train({ pairs: [decided.id], reference: null, training }, options);
  const base = reading(
    folder,
    (store) => store.checkpoints.list().find(({ stageId }) => stageId !== null)?.id ?? "",
  );

  const asked = {
    file,
    limit: null,
    images: { perPrompt: 1 },
    verifier: { kind: "none" },
    label: null,
  } as const;
  const before = await evaluate(asked, options);
  expect(before.summary).not.toHaveProperty("trainingImages");
  const trained = { ...config, models: { ...config.models, base } };
  await expect(evaluate(asked, { ...options, config: trained })).rejects.toThrow(
    /asks for what training has seen.*counting: 1 of 1.*or give --allow-leaks/s,
  );

  const swapped = {
    train: { ...config.prompts.train, file: join(folder, "held-out.txt") },
    heldOut: { ...config.prompts.heldOut, file },
  };
  const taught = { ...config, name: "taught", prompts: { ...config.prompts, ...swapped } };
  const places = { ...options, workspace: join(folder, "workspace") };
  const refusal = /asks for what training has seen.*counting: 1 of 1.*or say evaluation: \{ leaks/s;
  await expect(planPipeline(taught, places)).resolves.toMatchObject({ run: "taught" });
  const onTaught = { ...taught, models: { ...config.models, base } };
  await expect(planPipeline(onTaught, places)).rejects.toThrow(refusal);
  const rows: typeof config.evaluation.rows = [
    { verifier: { kind: "none" }, label: null, checkpoints: { fixed: base } },
  ];
  const comparing = { ...taught, evaluation: { ...config.evaluation, rows } };
  await expect(planPipeline(comparing, places)).rejects.toThrow(refusal);
  await expect(runPipeline(comparing, places)).rejects.toThrow(refusal);
  const paths = {
    perTask: 1,
    heldOutPerTask: 1,
    doubled: [],
    completions: 1,
    completedStates: 0,
    temperature: 2,
  };
  await expect(judgeData({ file, heldOutFile: file, ...paths }, options)).rejects.toThrow(refusal);

  const leaks = { ...config.evaluation.leaks, rule: "report" as const };
  const told = { ...trained, evaluation: { ...config.evaluation, leaks } };
  const after = await evaluate({ ...asked, label: "taught" }, { ...options, config: told });
  expect(after.summary).toMatchObject({ trainingImages: { images: 6 } });
  const { table } = await compareStored([before.id, after.id], {
    workspace: join(folder, "workspace"),
    resamples: 100,
  });
  expect(table).toMatch(
    /taught leaks\. counting: 1 of 1 prompts are in training as well \("a photo of two hearts"\)/,
  );
});
