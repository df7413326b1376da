import { expect, test } from "vitest";
import { relativePosition } from "../../src/geneval/position.js";
import { goldenLines } from "./golden.js";

interface PositionCase {
  a: [number, number, number, number];
  b: [number, number, number, number];
  position_threshold: number;
  relations: string[];
  float64_same: boolean;
}

test("agrees with the reference on every golden pair of boxes", () => {
  const cases = goldenLines<PositionCase>("relative_position");
  expect(cases).toHaveLength(1750);
  expect(cases.some((line) => !line.float64_same)).toBe(true);
  const wrong = cases.filter(
    (line) =>
      relativePosition(line.a, line.b, line.position_threshold).sort().join() !== line.relations.join(),
  );
  expect(wrong).toEqual([]);
});

test("two relations hold on a diagonal, none for one box on another", () => {
  expect(relativePosition([0, 0, 10, 10], [40, 40, 50, 50], 0.1)).toEqual(["left of", "above"]);
  expect(relativePosition([0, 0, 10, 10], [0, 0, 10, 10], 0.1)).toEqual([]);
});
