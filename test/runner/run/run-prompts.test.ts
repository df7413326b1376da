import { describe, expect, it } from "vitest";
import type { PipelineInput } from "../../../src/config/freeze-config.js";
import { ConfigError } from "../../../src/errors.js";
import { BUNDLED_FAMILY } from "../../../src/families/bundled-family.js";
import { dealPrompts } from "../../../src/runner/run/run-prompts.js";
import { tinyConfig, tinyFolder } from "../tiny-run.js";

const folder = tinyFolder();
const deal = (rounds: PipelineInput["rounds"]) =>
  dealPrompts(tinyConfig(folder, rounds === undefined ? {} : { rounds }), BUNDLED_FAMILY);

describe("dealPrompts", () => {
  it("gives a round the prompts of its tasks only, and leaves validation and evaluation whole", async () => {
    const [all, some] = [await deal([{ prompts: 6 }]), await deal([{ tasks: ["counting", "position"] }])];
    expect(all.rounds[0]).toHaveLength(6);
    expect(some.rounds[0]?.map(({ metadata }) => metadata?.tag).sort()).toEqual(["counting", "position"]);
    expect(some.validation).toEqual(all.validation);
    expect(some.evaluation).toEqual(all.evaluation);
  });

  it("refuses tasks that no training prompt has", async () => {
    const none = deal([{ tasks: ["color_attr"] }]);
    await expect(none).rejects.toThrow(ConfigError);
    await expect(none).rejects.toThrow(
      /^Round 1 trains on color_attr, but no training prompt has such a tag/,
    );
  });

  it("refuses a task that does not exist", () => {
    expect(() => tinyConfig(folder, { rounds: [{ tasks: ["colour" as "colors"] }] })).toThrow(
      /"rounds\[0\]\.tasks.*one of "single_object"/,
    );
  });
});
