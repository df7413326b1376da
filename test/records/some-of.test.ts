import { expect, test } from "vitest";
import { firstOf, someOf } from "../../src/records/some-of.js";

test("a list that is cut says how much is left out and where all of it is; one that is whole says nothing", () => {
  expect(someOf(["a", "b", "c", "d"], 2, "ls .")).toBe("a, b and 2 more (ls .)");
  expect(someOf(["a", "b"], 2, "ls .")).toBe("a, b");
  expect(someOf([], 2, "ls .")).toBe("");
  expect(firstOf(64, 70, "espalier sql QUERY")).toBe("the first 64 of 70 (all: espalier sql QUERY)");
});
