import { expect, it } from "vitest";
import { differencesOf } from "../../src/config/differences.js";
import { freezeConfig } from "../../src/config/freeze-config.js";

it("names every setting in which two configurations differ, and nothing else", () => {
  const before = freezeConfig({ name: "mine", rounds: 2 });
  const after = freezeConfig({ name: "mine", rounds: [{}, { training: { beta: 0.2 } }], seed: 3 });
  expect(differencesOf(before, before)).toEqual([]);
  expect(differencesOf(before, after)).toEqual([
    { at: "seed", before: 0, after: 3 },
    { at: "rounds[1].training.beta", before: 0.1, after: 0.2 },
  ]);
});

it("names a round that one of them lacks", () => {
  const found = differencesOf(
    freezeConfig({ name: "mine", rounds: 2 }),
    freezeConfig({ name: "mine", rounds: 1 }),
  );
  expect(found.map(({ at, after }) => [at, after])).toEqual([["rounds[1]", undefined]]);
});
