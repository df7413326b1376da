import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { replayCandidate } from "../../src/runner/inspection/replay-candidate.js";
import { HOME } from "../../src/runner/locate-file.js";
import { loadPipeline } from "../../src/runner/pipelines/load-pipeline.js";
import type { RunResult } from "../../src/runner/run/run-options.js";
import { runPipeline } from "../../src/runner/run/run-pipeline.js";

const MINUTES = 60_000;

describe("the smoke pipeline on the bundled models and the real trainer", () => {
  const workspace = mkdtempSync(join(tmpdir(), "espalier-smoke-"));
  let result: RunResult;
  beforeAll(async () => {
    const { config } = await loadPipeline("smoke", join(HOME, "pipelines"));
    result = await runPipeline(config, { workspace });
  }, 15 * MINUTES);
  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  it("ends in a table of base, rounds and best-of-4", () => {
    const names = result.comparison.rows.map(({ name }) => name);
    expect(names).toEqual([
      ...["base", "base + ORM best-of-4", "round 1"],
      ...["round 2", "round 2 + ORM best-of-4"],
    ]);
    // Random tokens would show none of the prompts.
    expect(result.comparison.rows[0]?.overall).toBeGreaterThan(0.1);
  });

  it("shows in its report what training drew, and keeps what two verifiers said of it", () => {
    const report = readFileSync(result.files.report, "utf8");
    expect(report.match(/alt="Image at step (0|3|6)"/g)?.length).toBeGreaterThanOrEqual(2 * 3);
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    const stage = store.stages.list("smoke").findLast(({ name }) => name === "training");
    const files = store.artifacts.list(stage?.id ?? "").map(({ file }) => file);
    store.close();
    const judged = files.find((file) => file.endsWith("samples-judged.jsonl")) ?? "";
    const lines = readFileSync(join(workspace, judged), "utf8").trim().split("\n");
    const events = lines.map((line) => JSON.parse(line));
    expect(events.map(({ step }) => step)).toEqual([0, 3, 6]);
    expect(events[2].images).toBeGreaterThan(1);
  });

  it("trained two new checkpoints, each from the one before it", () => {
    const [base, one, two] = result.rounds.map(({ checkpoint }) => checkpoint.identity);
    expect(new Set([base, one, two]).size).toBe(3);
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    expect(store.checkpoints.find(one as string)?.parents[0]).toBe(base);
    store.close();
  });

  it("replays a candidate of the last round alone, token for token", async () => {
    const store = openStore(workspacePaths(workspace), { readOnly: true });
    const stage = store.stages.list("smoke").findLast(({ name }) => name === "candidates");
    const [candidate] = [...store.candidates.iterate(stage?.id ?? "")];
    store.close();
    const replayed = await replayCandidate(candidate?.id ?? "", { workspace });
    expect(replayed).toMatchObject({ same: true, differing: [] });
  });
});
