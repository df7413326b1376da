import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import nextToken from "../../pipelines/paper/next-token.js";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { BUNDLED_SETTINGS } from "../../src/families/bundled.js";
import { HOME } from "../../src/runner/locate-file.js";
import { loadPipeline, pipelineNames } from "../../src/runner/pipelines/load-pipeline.js";
import { planPipeline } from "../../src/runner/planning/plan-pipeline.js";

const folder = join(HOME, "pipelines");

it("has the pipelines that are documented", () => {
  expect(pipelineNames(folder)).toEqual([
    ...[
      "first-round",
      "iterative-dpo",
      "janus-pro",
      "judge-labelled",
      "llamagen",
      "own-pictures",
      "paper-alignments",
      "paper-curves",
      "paper-tables",
      "quickstart",
      "show-o",
      "smoke",
    ],
  ]);
});

it("samples by default as the bundled generator was tuned", () => {
  const { slots: _slots, ...sampler } = freezeConfig({ name: "any" }).sampler;
  expect({ ...sampler, schedule: "cosine" }).toEqual(BUNDLED_SETTINGS);
});

describe.each(pipelineNames(folder))("%s", (name) => {
  it("loads under its own name and can be planned", async () => {
    const { config } = await loadPipeline(name, folder);
    expect(config.name).toBe(name);
    const workspace = join(HOME, "nowhere");
    const plan = await planPipeline(config, { workspace });
    expect(plan.images.left).toBeGreaterThan(0);
    expect(plan.stages.filter((stage) => stage.name === "training")).toHaveLength(config.rounds.length);
    expect(existsSync(workspace)).toBe(false);
  });
});

it("has the five rows of a next-token generator, each of a thousand images and more", () => {
  const { evaluation, rounds, models, sampler } = freezeConfig(nextToken);
  expect(models.family).toBe("bundled-next-token");
  expect(sampler).toMatchObject({ steps: 8, topK: null, topP: 1, preview: "drawn" });
  const rows = evaluation.rows.flatMap(({ verifier, checkpoints }) =>
    checkpoints === "first-and-last" ? [verifier.kind, verifier.kind] : [verifier.kind],
  );
  expect(rows).toEqual(["none", "none", "orm", "orm", "parm"]);
  expect(evaluation.images).toEqual({ perTask: 170 });
  expect(rounds).toHaveLength(1);
});

it("lets the judge label the quickstart's own candidates in judge-labelled", async () => {
  const [own, judged] = await Promise.all([
    loadPipeline("quickstart", folder),
    loadPipeline("judge-labelled", folder),
  ]);
  expect(judged.config.rounds[0]).toEqual({
    ...own.config.rounds[0],
    labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
  });
  expect([judged.config.seed, judged.config.sampler]).toEqual([own.config.seed, own.config.sampler]);
});

it("gives the quickstart the rows and images that its table promises", async () => {
  const { config } = await loadPipeline("quickstart", folder);
  const { stages } = await planPipeline(config, { workspace: join(HOME, "nowhere") });
  const rows = stages.filter(({ name }) => name.startsWith("evaluation-")).map(({ what }) => what);
  expect(rows).toEqual([
    "base on 1020 images",
    "base + ORM best-of-8 on 1020 images",
    "round 1 on 1020 images",
    "round 2 on 1020 images",
    "round 2 + ORM best-of-8 on 1020 images",
  ]);
});
