import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStore } from "../../../src/adapters/store/index.js";
import { freezeVerifier } from "../../../src/config/schema/verifier.js";
import { ConfigError, StoreError } from "../../../src/errors.js";
import type { Family } from "../../../src/families/family.js";
import { workspacePaths } from "../../../src/paths.js";
import { BY_HAND } from "../../../src/records/command-line.js";
import { compareStored } from "../../../src/runner/reports/compare-stored.js";
import { evaluate, generate, pair, score, train } from "../../../src/runner/single-stages/single-stages.js";
import type { StageSessionOptions } from "../../../src/runner/single-stages/stage-session.js";
import { encodePrompt } from "../../../src/scenes/language/vocabulary.js";
import { eventsIn } from "../../../src/stages/training/event-files.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { relabelled, tinyConfig, tinyFamily, tinyFolder, tinyOptions } from "../tiny-run.js";

const folder = tinyFolder();
const workspace = join(folder, "workspace");
const config = tinyConfig(folder);
const options: StageSessionOptions = { ...tinyOptions(folder), config };
const { training } = config.rounds[0] as (typeof config.rounds)[number];
const file = join(folder, "train.txt");
const images = { perPrompt: 2 } as const;

afterAll(() => rmSync(folder, { recursive: true }));

describe("stages used alone", () => {
  test("walk from prompts to a comparison, each with the id of the one before", async () => {
    const candidates = await generate({ file, limit: 4, images: { perPrompt: 3 } }, options);
    expect(candidates.summary).toEqual({ candidates: 12, prompts: 4 });

    const scores = await score({ candidates: candidates.id.slice(0, 8), by: "judge" }, options);
    expect(scores.summary).toMatchObject({ scored: 12, failed: 0 });

    const labels = { by: "judge", yesFrom: 0.5, noUpTo: 0.5 } as const;
    const mining = { policy: "best-versus-worst", pairsPerPrompt: 1, margin: 0 } as const;
    const alone = { pairsPerTask: null, earlier: [], earlierPairs: 0 } as const;
    const pairs = await pair({ candidates: candidates.id, labels, mining, ...alone }, options);
    expect(pairs.summary?.["pairs"]).toBeGreaterThan(0);

    const trained = await train({ pairs: [pairs.id], reference: null, training }, options);
    expect(trained.progress).toBe("finished");
    const checkpoint = newestCheckpoint();

    const heldOut = join(folder, "held-out.txt");
    const plain = { file: heldOut, limit: null, images, verifier: { kind: "none" }, label: null } as const;
    const seeded = { ...options, config: { ...config, seed: 5 } };
    const before = await evaluate(plain, seeded);
    const after = await evaluate(plain, {
      ...options,
      config: { ...seeded.config, models: { ...config.models, base: checkpoint } },
    });
    const picked = await evaluate(
      { ...plain, verifier: freezeVerifier({ kind: "orm", n: 3 }, "test") },
      seeded,
    );

    const { comparison, file: json } = await compareStored([before.id, after.id, picked.id], {
      workspace,
      resamples: 100,
    });
    expect(comparison.rows.map(({ images }) => images)).toEqual([16, 16, 16]);
    expect(comparison.comparisons).toHaveLength(3);
    // As a run with that seed draws its intervals.
    expect(comparison.statistics).toEqual({ seed: 5, resamples: 100, level: 0.95 });
    expect(existsSync(json as string)).toBe(true);
  });

  test("are done once: the same stage again samples nothing", async () => {
    const count = () => rows()["candidates"];
    const before = count();
    const first = await generate({ file, limit: 4, images: { perPrompt: 3 } }, options);
    const again = await generate({ file, limit: 4, images: { perPrompt: 3 } }, options);
    expect(again.id).toBe(first.id);
    expect(count()).toBe(before);
  });

  test("watch a training with the two verifiers that its pairs and models name, and say where there is none", async () => {
    const pairs = newestStage("pairs");
    const watched = { ...training, sampleEvery: 2 };
    const progress = new FakeProgress();
    const { notes } = progress;
    const params = { pairs: [pairs], reference: null, training: watched };
    const family = tinyFamily({ train: drawingSamples });
    const trained = await train(params, { ...options, family, progress });
    expect(notes.filter((note) => note.includes("not watched"))).toEqual([]);
    const judged = judgedSamples(trained.id);
    expect(judged).toMatchObject([0, 2].map((step) => ({ step, over_optimised: false })));
    expect(judged[1]?.["images"]).toBeGreaterThan(0);

    const blind = { ...config, models: { ...config.models, judge: null } };
    await train(params, { ...options, family, config: blind, progress });
    expect(notes).toContainEqual(expect.stringMatching(/not watched: another judge labelled the pairs/));
  });

  test("refuse an id that is not a finished stage of the kind, and name those that are", async () => {
    const wrong = score({ candidates: "ffff", by: "judge" }, options);
    await expect(wrong).rejects.toThrow(StoreError);
    await expect(wrong).rejects.toThrow(
      /one finished candidates stage, got "ffff".*\n {2}[0-9a-f]{16} \(by-hand, candidates\)/,
    );
  });

  test("cannot be compared one alone", async () => {
    const { evaluations } = stages();
    await expect(compareStored([evaluations[0] ?? ""], { workspace })).rejects.toThrow(ConfigError);
  });
});

function reading<Result>(read: (store: ReturnType<typeof openStore>) => Result): Result {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

function newestCheckpoint(): string {
  return reading((store) => store.checkpoints.list().find(({ stageId }) => stageId !== null)?.id ?? "");
}

/** A trainer that tells of sample images before its first step and after its last. */
const drawingSamples: Family["train"] = async (request, how) => {
  const captions = readFileSync(file, "utf8").trim().split("\n");
  const text = captions.map((words) => [...encodePrompt(words)]);
  const tokens = text.map((_, row) => Array.from({ length: 64 }, (_, place) => (7 * place + row) % 16));
  for (const step of [0, 2]) how?.onEvent?.({ event: "samples-end", step, text, tokens });
  mkdirSync(`${request.out}.work`, { recursive: true });
  return relabelled(request);
};

function newestStage(name: string): string {
  return reading((store) => store.stages.list(BY_HAND).findLast((stage) => stage.name === name)?.id ?? "");
}

/** What was judged of a training's sample images, by step. */
function judgedSamples(stageId: string): Record<string, unknown>[] {
  const files = reading((store) => store.artifacts.list(stageId)).map(({ file }) => join(workspace, file));
  return files.flatMap((file) => eventsIn(file)).filter(({ event }) => event === "samples-judged");
}

function rows(): Record<string, number> {
  return reading((store) => store.counts());
}

function stages(): { evaluations: string[] } {
  return reading((store) => ({ evaluations: store.evaluations.list().map(({ stageId }) => stageId) }));
}
