import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as espalier from "../src/index.js";

test("the public surface is the list someone wrote", () => {
  expect(Object.keys(espalier).sort()).toMatchInlineSnapshot(`
    [
      "CheckpointError",
      "ConfigError",
      "EspalierError",
      "ExecutorError",
      "HubError",
      "NEVER_COMMITTED",
      "PictureError",
      "PromptError",
      "QUESTIONS",
      "REASONS",
      "SILENT",
      "StoreError",
      "TASKS",
      "TrainerError",
      "VerifierError",
      "bestOfN",
      "compare",
      "definePipeline",
      "detectorJudge",
      "ensembleJudge",
      "evaluateImage",
      "freezeConfig",
      "loadPipeline",
      "openBundledDecoder",
      "openBundledDetector",
      "openBundledJudge",
      "openBundledSampler",
      "overPaths",
      "parm",
      "parmPlusPlus",
      "plain",
      "planPipeline",
      "prm",
      "randomSearch",
      "replayCandidate",
      "runPipeline",
      "search",
      "showItem",
      "statusOf",
      "workspacePaths",
      "zeroOrder",
    ]
  `);
});

test("the public types are the list someone wrote", () => {
  const source = readFileSync("src/index.ts", "utf8");
  expect(source).not.toContain("export *");
  const types = [...source.matchAll(/export type \{([^}]+)\}/g)].flatMap(([, names = ""]) =>
    names.split(","),
  );
  expect(
    types
      .map((name) => name.replace(/.* as /, "").trim())
      .filter(Boolean)
      .sort(),
  ).toMatchInlineSnapshot(`
    [
      "Budget",
      "Candidate",
      "CandidateStatus",
      "Comparison",
      "ComparisonPair",
      "ComparisonRow",
      "Correction",
      "Decoder",
      "Detection",
      "Detector",
      "Family",
      "GridImage",
      "ImageHandle",
      "Judge",
      "JudgeItem",
      "LoadedPipeline",
      "Path",
      "PipelineInput",
      "Pixels",
      "Plan",
      "Progress",
      "ProgressTask",
      "Prompt",
      "PromptMetadata",
      "Question",
      "Reason",
      "Requirement",
      "RoundConfig",
      "RoundInput",
      "RunConfig",
      "RunOptions",
      "RunResult",
      "Sampler",
      "SamplerSettings",
      "SearchContext",
      "SearchOptions",
      "SearchOutcome",
      "SearchTask",
      "Strategy",
      "Task",
      "TrainingConfig",
      "Verdict",
      "Workspace",
      "WorkspaceStatus",
    ]
  `);
});
