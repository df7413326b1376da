import { describe, expect, it } from "vitest";
import { freezeConfig, type RunConfig } from "../../../src/config/freeze-config.js";
import type { RoundConfig } from "../../../src/config/schema/round.js";
import { planPipeline } from "../../../src/runner/planning/plan-pipeline.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { gradedConfig, gradedFamily } from "../graded-family.js";
import { reading, tinyConfig, tinyFolder, tinyOptions } from "../tiny-run.js";

describe("rounds that start from the same checkpoint", () => {
  it("draw the same candidates and pairs, and are trained apart", async () => {
    const folder = tinyFolder();
    const given = gradedConfig(folder);
    const rounds = given.rounds.map((round, index) => ({ ...round, from: index === 0 ? null : 1 }));
    const config = { ...given, rounds, gate: { ...given.gate, rule: "always-promote" as const } };
    await runPipeline(config, tinyOptions(folder, { family: gradedFamily([0.3, 0.4, 0.5, 0.6]) }));
    const [, first, second, third] = reading(folder, (store) => store.rounds.list("tiny"));
    expect([second?.fromCheckpoint, third?.fromCheckpoint]).toEqual([
      first?.toCheckpoint,
      first?.toCheckpoint,
    ]);
    expect(third?.toCheckpoint).not.toBe(second?.toCheckpoint);
    const made = (name: string) =>
      reading(folder, (store) => {
        const stages = store.stages.list("tiny").filter((stage) => stage.name === name);
        return stages.map(({ id, inputs }) => ({ hash: store.pairs.setHash(id), inputs }));
      });
    expect(made("candidates")[2]?.inputs).toEqual(made("candidates")[1]?.inputs);
    expect(made("candidates")[1]?.inputs).not.toEqual(made("candidates")[0]?.inputs);
    expect(made("pairs")[2]?.hash).toBe(made("pairs")[1]?.hash);
  });

  it("are refused when they start from what is not made yet", () => {
    const rounds = [{ from: 0 }, { from: 2 }];
    expect(() => freezeConfig({ name: "mine", rounds }, "mine.ts")).toThrow(
      'Expected "rounds[1].from" to be an earlier round, at most 1, or null, got 2 (mine.ts)',
    );
  });
});

describe("a run to which rounds and rows are added", () => {
  const more = (folder: string, rounds: number, n: readonly number[]) =>
    tinyConfig(folder, {
      rounds,
      evaluation: {
        images: { perPrompt: 2 },
        rows: n.map((candidates) => ({ verifier: { kind: "orm", n: candidates } })),
        resamples: 100,
      },
    });

  it("goes on with what it has, and does only what was added", async () => {
    const folder = tinyFolder();
    await runPipeline(more(folder, 1, [3]), tinyOptions(folder));
    const before = reading(folder, (store) => store.stages.list("tiny").map(({ id }) => id));
    const { comparison } = await runPipeline(more(folder, 2, [2, 3]), tinyOptions(folder));
    expect(comparison.rows.map(({ name }) => name)).toEqual(
      ["base", "round 1", "round 2"].flatMap((name) => [2, 3].map((n) => `${name} + ORM best-of-${n}`)),
    );
    const after = reading(folder, (store) => store.stages.list("tiny"));
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(before));
    // Two rows of the checkpoints there were; a validation, five stages of training and two rows of the new one.
    const added = after.filter(({ id }) => !before.includes(id));
    expect(added.map(({ round }) => round).sort()).toEqual([0, 1, ...Array(8).fill(2)]);
  });

  it("goes on with fewer and other rows, and back, without measuring one twice", async () => {
    const folder = tinyFolder();
    const names = async (n: readonly number[]) => {
      const { comparison } = await runPipeline(more(folder, 0, n), tinyOptions(folder));
      return comparison.rows.map(({ name }) => name);
    };
    const stages = () => reading(folder, (store) => store.stages.list("tiny").length);
    await names([2, 3]);
    expect(await names([4])).toEqual(["base + ORM best-of-4"]);
    const before = stages();
    expect(await names([2, 3, 4])).toHaveLength(3);
    expect(stages()).toBe(before);
  });

  it("does not go on with a round less, or another round", async () => {
    const folder = tinyFolder();
    await runPipeline(more(folder, 2, [2]), tinyOptions(folder));
    const other = more(folder, 3, [2]);
    const [first, ...rest] = other.rounds;
    const changed = { ...other, rounds: [{ ...(first as RoundConfig), prompts: 3 }, ...rest] };
    const running = (config: RunConfig) => runPipeline(config, tinyOptions(folder));
    await expect(running(more(folder, 1, [2]))).rejects.toThrow(/rounds\[1\]: was \{.*now absent/);
    await expect(running(changed)).rejects.toThrow(
      /other settings:\n {2}rounds\[0\]\.prompts: was 4, now 3\n/,
    );
  });
});

describe("rows of a checkpoint that the run does not make", () => {
  it("are measured on the same images, the pool of each checkpoint being its own", async () => {
    const folder = tinyFolder();
    await runPipeline(tinyConfig(folder), tinyOptions(folder));
    const checkpoints = { fixed: "tiny/round-2" };
    const again = tinyConfig(folder, {
      name: "again",
      rounds: 0,
      evaluation: {
        images: { perPrompt: 2 },
        rows: [
          { verifier: { kind: "none" } },
          { verifier: { kind: "none" }, checkpoints },
          { verifier: { kind: "orm", n: 3 }, checkpoints },
        ],
        resamples: 100,
        compare: "with-first",
      },
    });
    const samples = (await planPipeline(again, tinyOptions(folder))).stages.map((stage) => stage.samples);
    expect(samples.filter((count) => count > 0)).toEqual([8, 8, 16]);
    const { comparison } = await runPipeline(again, tinyOptions(folder));
    expect(comparison.rows.map(({ name }) => name)).toEqual([
      ...["base", "tiny/round-2", "tiny/round-2 + ORM best-of-3"],
    ]);
    expect(comparison.comparisons.map(({ from, to }) => [from, to])).toEqual([
      ["base", "tiny/round-2"],
      ["base", "tiny/round-2 + ORM best-of-3"],
    ]);
    const measured = reading(folder, (store) => store.evaluations.list("again"));
    const [round] = reading(folder, (store) => store.rounds.list("tiny")).slice(-1);
    expect(measured.filter(({ checkpoint }) => checkpoint === round?.toCheckpoint)).toHaveLength(2);
    // All of it was sampled by the first run.
    const costs = reading(folder, (store) => {
      const stages = store.stages.list("again").filter(({ name }) => name.startsWith("evaluation-"));
      return stages.map(({ id }) => store.searches.costs(id).sampledNfe);
    });
    expect(costs).toEqual([0, 0, 0]);
  });

  it("stop a run before it samples anything when there is no such round", async () => {
    const folder = tinyFolder();
    const rows = [{ verifier: { kind: "none" as const }, checkpoints: { fixed: "tiny/round-2" } }];
    const config = tinyConfig(folder, { evaluation: { rows } });
    await expect(runPipeline(config, tinyOptions(folder))).rejects.toThrow(
      'Expected a generator by name, id, folder or finished round (RUN/round-K), got "tiny/round-2"',
    );
  });
});
