import { describe, expect, it } from "vitest";
import { scenes, scenesAccuracy } from "../../src/commands/scenes.js";
import { CheckpointError, ConfigError } from "../../src/errors.js";
import type { DetectorAccuracy } from "../../src/families/detector-accuracy.js";
import { TASKS } from "../../src/records/prompt.js";

describe("espalier scenes accuracy", () => {
  it("prints a line a task and gives the same numbers as data", async () => {
    const { text, data } = await scenesAccuracy({ count: 6, seed: 1, tokenizer: null });
    for (const task of TASKS) expect(text).toMatch(new RegExp(`${task} +1 +100.0% +100.0%`));
    expect((data as DetectorAccuracy).tasks.map(({ exact }) => exact)).toEqual(TASKS.map(() => 1));
  });

  it("reads what the bundled tokenizer decodes as well as what was rendered", async () => {
    const { data } = await scenesAccuracy({ count: 120, seed: 2, tokenizer: "data/models/scenes-tokenizer" });
    for (const { exact } of (data as DetectorAccuracy).tasks) expect(exact).toBeGreaterThanOrEqual(0.95);
  });

  it("refuses a folder without a tokenizer", async () => {
    await expect(scenesAccuracy({ count: 6, seed: 1, tokenizer: "test/fixtures" })).rejects.toThrow(
      CheckpointError,
    );
  });

  it("refuses anything but accuracy", async () => {
    const run = scenes.run(["accurracy"], { count: 6, seed: 1, tokenizer: null }, {} as never);
    await expect(run).rejects.toThrow(ConfigError);
  });
});
