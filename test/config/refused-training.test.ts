import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { freezeConfig } from "../../src/config/freeze-config.js";

const cases: { settings: object; at: string }[] = JSON.parse(
  readFileSync("test/contract/refused.json", "utf8"),
);

describe("trainings that cannot be as they are asked for", () => {
  it("are listed with the trainer's own refusals", () => {
    expect(cases.length).toBeGreaterThanOrEqual(4);
  });

  it.each(cases)("are refused: $settings", ({ settings, at }) => {
    expect(() => freezeConfig({ name: "mine", round: { training: settings } })).toThrow(
      `Expected "round.${at}"`,
    );
  });

  it("has no weights to share with one process", () => {
    const asked = { name: "mine", round: { training: { sharding: "full" } } } as const;
    expect(() => freezeConfig(asked)).toThrow('Expected "round.training.processes" to be at least 2');
    expect(
      freezeConfig({ name: "mine", round: { training: { sharding: "full", processes: 2 } } }),
    ).toBeDefined();
  });
});
