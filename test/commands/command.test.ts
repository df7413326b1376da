import { expect, test } from "vitest";
import { number, oneOf } from "../../src/commands/command.js";
import { ConfigError } from "../../src/errors.js";

test("a number flag names itself, the range and what it got", () => {
  const flag = number("images", { least: 1, most: 1000 }, 8);
  expect(flag.parse("12", "--count")).toBe(12);
  for (const typed of ["0", "1.5", "many", "", "Infinity", "1001", "1e12"]) {
    expect(() => flag.parse(typed, "--count")).toThrow(
      new ConfigError(`Expected --count to be a whole number from 1 to 1000, got "${typed}".`),
    );
  }
  const share = number("share", { least: 0, most: 1, whole: false }, null);
  expect(share.parse("0.25", "--margin")).toBe(0.25);
  expect(() => share.parse("1.1", "--margin")).toThrow("Expected --margin to be a number from 0 to 1");
});

test("a choice flag lists the choices", () => {
  const flag = oneOf("how", ["one", "two"], "one");
  expect(flag.parse("two", "--how")).toBe("two");
  expect(() => flag.parse("three", "--how")).toThrow('Expected --how to be one of one, two, got "three".');
});
