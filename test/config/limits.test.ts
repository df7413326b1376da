import { expect, test } from "vitest";
import { z } from "zod";
import { COMMANDS } from "../../src/commands/catalogue.js";
import { flagName } from "../../src/commands/command.js";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { MOST } from "../../src/config/limits.js";
import { judgeTrainingSchema } from "../../src/config/schema/judge-training.js";
import { roundSchema } from "../../src/config/schema/round.js";
import { runSchema } from "../../src/config/schema/run.js";
import { ConfigError } from "../../src/errors.js";
import { imageCounts } from "../../src/stages/image-counts.js";

/** The limits of every leaf of a schema that is open above, by its path. */
function openAbove(node: unknown, path: string): string[] {
  if (typeof node !== "object" || node === null) return [];
  const {
    type,
    maximum,
    maxLength,
    maxItems,
    enum: names,
    const: constant,
  } = node as Record<string, unknown>;
  const isNumber = type === "number" || type === "integer";
  const open =
    (isNumber && !((maximum as number) < Number.MAX_SAFE_INTEGER)) ||
    (type === "string" && names === undefined && constant === undefined && maxLength === undefined) ||
    (type === "array" && maxItems === undefined);
  const inner = Object.entries(node).flatMap(([key, value]) => openAbove(value, `${path}/${key}`));
  return [...(open ? [path] : []), ...inner];
}

test.each([
  ["run", runSchema],
  ["round", roundSchema],
  ["judge training", judgeTrainingSchema],
] as const)("every number, text and list of the %s settings has a limit", (_name, schema) => {
  const described = z.toJSONSchema(schema, { io: "input" });
  expect(JSON.stringify(described).match(/"maximum":/g)?.length).toBeGreaterThan(3);
  expect(openAbove(described, "")).toEqual([]);
});

const FLAGS = COMMANDS.flatMap(({ name, flags }) =>
  Object.entries(flags).map(([key, flag]) => ({ name, key, flag })),
);

test("every number that a flag takes has a limit, which is said", () => {
  const numbers = FLAGS.filter(({ flag }) => flag.takes === "number");
  expect(numbers.length).toBeGreaterThan(30);
  for (const { key, flag } of numbers) {
    for (const typed of ["1e15", "-1e15", "1e999", "NaN", "0x1p9"]) {
      expect(() => flag.parse(typed, flagName(key))).toThrow(
        /^Expected --[a-z-]+ to be a (whole )?number from \S+ to \S+, got/,
      );
    }
  }
});

test("every text that a flag takes is said, and not longer than a path", () => {
  const texts = FLAGS.filter(({ flag }) => flag.takes !== undefined && flag.takes !== "number");
  expect(texts.length).toBeGreaterThan(30);
  for (const { key, flag } of texts) {
    for (const typed of ["", " ", "x".repeat(MOST.text + 1)]) {
      expect(() => flag.parse(typed, flagName(key))).toThrow(ConfigError);
    }
  }
});

test.each([
  [{ rounds: 1e9 }, "rounds from 0 to 1000"],
  [{ rounds: Array(1001).fill({}) }, "rounds from 0 to 1000"],
  [{ sampler: { steps: 1e12 } }, "a whole number from 1 to 4096, got 1000000000000"],
  [{ round: { mining: { policy: "best-versus-second", margin: 2 } } }, "a number from 0 to 1, got 2"],
  [
    { round: { labels: { by: "judge", yesFrom: 0.2, noUpTo: 0.8 } } },
    "at most yesFrom: no candidate is a yes and a no, got 0.8",
  ],
  [
    { evaluation: { rows: [{ verifier: { kind: "parm", n: 4, finishAtLeast: 5 } }] } },
    "at most n, the paths that there are, got 5",
  ],
  [
    { evaluation: { rows: [{ verifier: { kind: "over-paths", n: 4, keep: 5 } }] } },
    "at most n, the paths that there are, got 5",
  ],
  [{ name: "x".repeat(101) }, "at most 100 of them"],
])("a pipeline is refused for what is too much: %j", (settings, message) => {
  expect(() => freezeConfig({ name: "mine", ...settings })).toThrow(message);
});

test("a plan of more images than memory holds is refused with the limit", () => {
  const prompts = Array.from({ length: 300 }, (_, index) => ({ id: String(index), text: "" }));
  expect(imageCounts(prompts, { perTask: 2_000_000 }, 1).size).toBe(300);
  expect(() => imageCounts(prompts, { perPrompt: 10_000 }, 1)).toThrow(
    "Expected at most 2000000 images in one stage, got 3000000.",
  );
  expect(() => imageCounts(prompts.slice(0, 2), { perTask: 20_002 }, 1)).toThrow(
    "Expected at most 10000 images of one prompt, got 10001.",
  );
});
