import { describe, expect, it } from "vitest";
import type { PipelineInput } from "../../../src/config/freeze-config.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { FakeJudge, scoreByHash, withFaults } from "../../../src/testing.js";
import { FakeProgress } from "../../records/fake-progress.js";
import { reading, tinyConfig, tinyFamily, tinyFolder, tinyOptions } from "../tiny-run.js";

const VERIFIERS = [
  { kind: "orm", n: 4 },
  { kind: "prm", n: 3 },
  { kind: "parm", n: 5, clarity: 0.4 },
  { kind: "zero-order", n: 4, neighbours: 2 },
  { kind: "over-paths", n: 4, keep: 2, every: 1 },
] as const;

interface Setting {
  readonly slots: number;
  readonly batch: number;
  /** Images after which the run is stopped; then the same line goes on. */
  readonly stoppedAt?: number;
}

/** Every image of every row: what was chosen, why, and what it cost. */
async function outcomes({ slots, batch, stoppedAt }: Setting) {
  const folder = tinyFolder();
  // Some verdicts fail, whatever they were asked beside.
  const flaky = withFaults(scoreByHash, ({ image }) => (image.tokens?.[2] as number) % 16 === 0);
  const family = tinyFamily({ openJudge: async () => new FakeJudge(flaky, batch) });
  const rows: NonNullable<PipelineInput["evaluation"]>["rows"] = VERIFIERS.map((verifier) => ({ verifier }));
  const config = tinyConfig(folder, {
    sampler: { steps: 3, slots },
    rounds: 0,
    evaluation: { images: { perPrompt: 2 }, rows, resamples: 100 },
  });
  const options = tinyOptions(folder, { family });
  if (stoppedAt !== undefined) {
    const stop = new AbortController();
    const stopping = runPipeline(config, { ...options, ...stoppingAfter(stoppedAt, stop) });
    await expect(stopping).rejects.toThrow("stopped in the middle");
  }
  await runPipeline(config, options);
  return reading(folder, (store) => {
    const stages = store.stages.list("tiny").filter(({ name }) => name.startsWith("evaluation-"));
    // All were started at the same moment: the test's clock stands still.
    stages.sort((one, other) => one.name.localeCompare(other.name));
    return stages.map(({ name, id }) => ({
      name,
      items: [...store.evaluations.items(id)].map(({ promptId, sample, candidateId }) => [
        ...[promptId, sample, candidateId],
      ]),
      searches: [...store.searches.iterate(id)].map(({ reason, nfe, judgeCalls, failedVerdicts }) => [
        ...[reason, nfe, judgeCalls, failedVerdicts],
      ]),
    }));
  });
}

function stoppingAfter(images: number, stop: AbortController) {
  let seen = 0;
  const advance = (count: number) => {
    seen += count;
    if (seen >= images) stop.abort(new Error("stopped in the middle"));
  };
  return { progress: new FakeProgress({ advance }), signal: stop.signal };
}

describe("rows that search", () => {
  it("end in the same images at the same cost under three slot counts, and when stopped in the middle", async () => {
    const reference = await outcomes({ slots: 1, batch: 1 });
    expect(reference.map(({ name }) => name)).toEqual([
      ...["evaluation-best-of-4", "evaluation-over-paths-4", "evaluation-parm-5", "evaluation-prm-3"],
      ...["evaluation-zero-order-4"],
    ]);
    for (const { items } of reference) expect(items).toHaveLength(8);
    expect(reference.some(({ searches }) => searches.some(([, , , failed]) => Number(failed) > 0))).toBe(
      true,
    );
    const settings = [
      { slots: 3, batch: 2 },
      { slots: 8, batch: 16 },
      { slots: 3, batch: 5, stoppedAt: 50 },
    ];
    for (const setting of settings) expect(await outcomes(setting)).toEqual(reference);
  });
});
