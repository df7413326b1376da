import { beforeAll, describe, expect, it } from "vitest";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { gradedConfig, gradedFamily } from "../graded-family.js";
import { reading, tinyFolder, tinyOptions } from "../tiny-run.js";

async function runGraded(skills: readonly number[]) {
  const folder = tinyFolder();
  const options = tinyOptions(folder, { family: gradedFamily(skills) });
  return { folder, result: await runPipeline(gradedConfig(folder), options) };
}

describe("the gate", () => {
  let ran: Awaited<ReturnType<typeof runGraded>>;
  beforeAll(async () => {
    ran = await runGraded([0.6, 0.3, 0.8, 0.8]);
  });

  it("keeps a round below its parent, shows it, and starts the next one from the parent", () => {
    const { folder, result } = ran;
    expect(result.rounds.map(({ promoted }) => promoted)).toEqual([true, false, true, true]);
    expect(result.comparison.rows.map(({ name }) => name)).toContain("round 1");
    expect(result.table).toMatch(/Round 1 scored 0\.\d+ on the validation prompts, below/);
    const rounds = reading(folder, (store) => store.rounds.list("tiny"));
    expect(rounds[2]?.fromCheckpoint).toBe(rounds[0]?.toCheckpoint);
    expect(rounds[3]?.fromCheckpoint).toBe(rounds[2]?.toCheckpoint);
    expect(rounds.map(({ promoted }) => promoted)).toEqual([true, false, true, true]);
  });

  it("stops a round in which no prompt has a right and a wrong image, and says why", async () => {
    await expect(runGraded([1, 1, 1, 1])).rejects.toThrow(
      /Round 1 has no pairs to train on \(prompts without a pair, 4: every decided image is right\)/,
    );
  });

  it("decides on prompts that the final evaluation does not show", () => {
    const promptsOf = (name: string) =>
      reading(ran.folder, (store) => {
        const stage = store.stages.list("tiny").find((one) => one.name === name);
        return [...store.prompts.iterate(stage?.id ?? "")].map(({ id }) => id);
      });
    const [validation, evaluation] = [promptsOf("prompts-validation"), promptsOf("prompts-evaluation")];
    expect([validation.length, evaluation.length]).toEqual([4, 4]);
    expect(validation.filter((id) => evaluation.includes(id))).toEqual([]);
  });
});
