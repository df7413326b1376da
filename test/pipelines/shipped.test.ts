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
      "detector-labelled",
      "first-round",
      "iterative-dpo",
      "janus-pro",
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

it("lets the detector label the quickstart's own candidates in detector-labelled", async () => {
  const [own, detected] = await Promise.all([
    loadPipeline("quickstart", folder),
    loadPipeline("detector-labelled", folder),
  ]);
  expect(own.config.rounds[0]?.labels).toMatchObject({ by: "judge" });
  expect(detected.config.rounds[0]).toEqual({ ...own.config.rounds[0], labels: { by: "detector" } });
  expect([detected.config.seed, detected.config.sampler]).toEqual([own.config.seed, own.config.sampler]);
});

it("gives the quickstart the rows and images that its table promises", async () => {
  const { config } = await loadPipeline("quickstart", folder);
  const { stages } = await planPipeline(config, { workspace: join(HOME, "nowhere") });
  const rows = stages.filter(({ name }) => name.startsWith("evaluation-")).map(({ what }) => what);
  expect(rows).toEqual([
    "base on 600 images",
    "base + PARM (N = 8) on 600 images",
    "round 1 on 600 images",
    "round 2 on 600 images",
    "round 2 + PARM (N = 8) on 600 images",
  ]);
});
