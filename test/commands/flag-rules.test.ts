import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/catalogue.js";
import { runLine } from "./surroundings.js";

test("every rule of a flag names flags and words of its own command", () => {
  const conditions = COMMANDS.flatMap(({ name, flags, positionals }) =>
    Object.values(flags).flatMap(({ requires = [], excludes = [] }) =>
      [...requires, ...excludes].map((condition) => {
        const [key = ""] = condition.split("=");
        return { name, condition, known: key in flags || positionals.some((one) => one.name === key) };
      }),
    ),
  );
  expect(conditions.length).toBeGreaterThan(25);
  expect(conditions.filter(({ known }) => !known)).toEqual([]);
});

describe("a flag that says nothing is refused", () => {
  test.each([
    ["pair 8f --earlier-share 0.3", "--earlier-share says nothing without --earlier: add that, or leave"],
    ["pair 8f --earlier 77", "--earlier says nothing without --earlier-share"],
    ["pair 8f --by detector --yes-from 0.8", "--yes-from says nothing without --by judge"],
    ["pair 8f --by detector --judge x", "--judge says nothing without --by judge"],
    ["pair 8f --nearest tokens", "--nearest says nothing without --policy hard-negatives"],
    [
      "pair 8f --policy best-versus-second --pairs-per-prompt 2",
      "--pairs-per-prompt says nothing beside --policy best",
    ],
    ["pair 8f --yes-from 0.2 --no-up-to 0.8", "Expected --no-up-to to be at most --yes-from (0.2), got 0.8"],
    ["pair 8f --margin 2", "Expected --margin to be a number from 0 to 1"],
    ["score 8f --by detector --judge x", "--judge says nothing without --by judge"],
    ["score 8f --seed 1", "unknown option '--seed'"],
    ["evaluate scenes-base --best-of 8 --n 4", "--best-of says nothing beside --n: leave one of the two out"],
    ["evaluate scenes-base --verifier orm --best-of 8", "--best-of says nothing beside --verifier"],
    ["evaluate scenes-base --n 4", "--n says nothing without --verifier"],
    ["generate p.txt --n 4", "--n says nothing without --verifier"],
    ["generate p.txt --trace", "--trace says nothing without --verifier"],
    ["generate p.txt --judge x", "--judge says nothing without --verifier"],
    ["generate p.txt --round 2", "--round says nothing without --pipeline"],
    [
      "generate p.txt --verifier orm --fork-into 2 --pipeline quickstart",
      "--fork-into says nothing beside --verifier",
    ],
    ["train 8f --judge x", "--judge says nothing without --sample-every or --pipeline"],
    ["judge data --steps 5", "--steps says nothing without espalier judge train"],
    ["judge train 8f --per-task 5", "--per-task says nothing without espalier judge data"],
    [
      "judge report 8f --checkpoint x",
      "--checkpoint says nothing without espalier judge data or espalier judge train",
    ],
    ["data --samples 3", "--samples says nothing without a set"],
    ["data 8f --against 9c --sheet s.png", "--sheet says nothing beside --against"],
  ])("%s", async (line, message) => {
    const { code, errors } = await runLine(`${line} --workspace /nowhere/at/all`);
    expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
  });
});
