import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Progress } from "../../../src/records/progress.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { reading, tinyConfig, tinyFamily, tinyFolder, tinyOptions } from "../tiny-run.js";

/** What must come out the same however often a run was interrupted. */
function essence(folder: string) {
  return reading(folder, (store) => {
    const stages = store.stages.list("tiny");
    const ofStages = (name: string) => stages.filter((stage) => stage.name === name);
    return {
      counts: store.counts(),
      candidates: ofStages("candidates").flatMap(({ id }) =>
        [...store.candidates.iterate(id)].map(({ id }) => id),
      ),
      pairSets: ofStages("pairs").map(({ id }) => store.pairs.setHash(id)),
      stages: stages.map(({ id, name, progress }) => [id, name, progress]),
      manifests: store.rounds.list("tiny").map(({ manifest }) => manifest),
      checkpoints: store.checkpoints
        .list()
        .map(({ id }) => id)
        .sort(),
      summary: readFileSync(join(store.workspace.reports, "tiny", "summary.json"), "utf8"),
    };
  });
}

/** Calls `act` at the `moment`-th report of progress. */
function progressWith(moment: number, act: () => void): { progress: Progress; reports: () => number } {
  let reports = 0;
  const advance = () => {
    reports += 1;
    if (reports === moment) act();
  };
  return { progress: new FakeProgress({ advance }), reports: () => reports };
}

describe("a run that was interrupted", () => {
  const unbroken = tinyFolder();
  let expected: ReturnType<typeof essence>;
  let moments: number;
  beforeAll(async () => {
    const { progress, reports } = progressWith(0, () => undefined);
    await runPipeline(tinyConfig(unbroken), tinyOptions(unbroken, { progress }));
    expected = essence(unbroken);
    moments = reports();
  });

  it.each([0.02, 0.3, 0.55, 0.8, 0.97])("at %d of its way ends the same when it goes on", async (share) => {
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("stopped by the test"));
    const { progress } = progressWith(Math.ceil(share * moments), stop);
    // The same prompt files, another workspace.
    const options = tinyOptions(tinyFolder());
    const interrupted = runPipeline(tinyConfig(unbroken), {
      ...options,
      progress,
      signal: controller.signal,
    });
    await expect(interrupted).rejects.toThrow("stopped by the test");
    const folder = join(options.workspace, "..");
    expect(reading(folder, (store) => store.runs.find("tiny")?.progress)).toBe("stopped");
    await runPipeline(tinyConfig(unbroken), options);
    expect(essence(folder)).toEqual(expected);
  });

  it("by an error ends as failed, with the reason, and goes on the same", async () => {
    const options = tinyOptions(tinyFolder());
    const family = tinyFamily({ train: () => Promise.reject(new Error("the trainer fell over")) });
    const broken = runPipeline(tinyConfig(unbroken), { ...options, family });
    await expect(broken).rejects.toThrow("the trainer fell over");
    const folder = join(options.workspace, "..");
    const training = reading(folder, (store) =>
      store.stages.list("tiny").find(({ name }) => name === "training"),
    );
    expect([training?.progress, training?.message]).toEqual(["failed", "the trainer fell over"]);
    await runPipeline(tinyConfig(unbroken), options);
    expect(essence(folder)).toEqual(expected);
  });
});
