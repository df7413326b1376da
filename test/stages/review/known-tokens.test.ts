import { expect, test } from "vitest";
import { NEVER_COMMITTED } from "../../../src/records/candidate.js";
import { isGrid, knownAfter } from "../../../src/stages/review/known-tokens.js";

/** Four tokens of 2 x 2 pixels each; every pixel is 9. */
const PIXELS = { width: 4, height: 4, data: new Uint8Array(48).fill(9) };
const COMMITTED = Uint8Array.of(0, 2, 1, NEVER_COMMITTED);

/** Which tokens show their own pixels, all of them. */
function shown(step: number): boolean[] {
  const { data } = knownAfter(PIXELS, COMMITTED, step);
  const corners = [0, 2, 8, 10];
  return corners.map((corner) =>
    [0, 1, 4, 5].every((offset) => [0, 1, 2].every((channel) => data[(corner + offset) * 3 + channel] === 9)),
  );
}

test("a token is shown from the step that committed it, and hidden whole before", () => {
  expect([0, 1, 2, 3].map(shown)).toEqual([
    [false, false, false, false],
    [true, false, false, false],
    [true, false, true, false],
    [true, true, true, false],
  ]);
});

test("no pixel of an unknown token is left, and the picture itself is not touched", () => {
  expect(knownAfter(PIXELS, COMMITTED, 0).data.includes(9)).toBe(false);
  expect(PIXELS.data.every((value) => value === 9)).toBe(true);
});

test("only a square grid that divides the picture can be drawn", () => {
  expect(isGrid(PIXELS, COMMITTED)).toBe(true);
  expect(isGrid(PIXELS, new Uint8Array(9))).toBe(false);
  expect(isGrid(PIXELS, new Uint8Array(5))).toBe(false);
  expect(isGrid(PIXELS, new Uint8Array(0))).toBe(false);
});
