import { expect, test } from "vitest";
import { partlyDrawn } from "../../../src/adapters/scenes/partly-drawn.js";
import { createRandom } from "../../../src/adapters/scenes/random.js";
import type { Scene } from "../../../src/adapters/scenes/scene.js";

const scene: Scene = {
  background: 136,
  objects: [
    { shape: "star", color: "red", column: 1, row: 1 },
    { shape: "ring", color: "blue", column: 5, row: 6 },
  ],
};
const tokens = new Uint16Array(64).fill(1);
const others = [new Uint16Array(64).fill(2), new Uint16Array(64).fill(3)];
const draw = (masked: number, seed: number) =>
  partlyDrawn(scene, tokens, { masked, others, random: createRandom(seed) });

/** Whether a token lies in the 3 x 3 of the star, of the ring, or outside both. */
function ownerOf(position: number): "star" | "ring" | "background" {
  const [column, row] = [position % 8, Math.floor(position / 8)];
  if (column <= 2 && row <= 2) return "star";
  return column >= 4 && column <= 6 && row >= 5 ? "ring" : "background";
}

test("settled tokens and the background stay the scene's; a wrongly guessed object is another scene's", () => {
  let wrong = 0;
  for (let seed = 0; seed < 100; seed++) {
    const { tokens: shown, settled } = draw(44, seed);
    expect(settled.filter((flag) => flag === 0)).toHaveLength(44);
    const changed = new Map<string, Set<number>>();
    for (const [position, token] of shown.entries()) {
      if (token === 1) continue;
      expect(settled[position]).toBe(0);
      const owner = ownerOf(position);
      changed.set(owner, (changed.get(owner) ?? new Set()).add(token));
    }
    expect(changed.has("background")).toBe(false);
    for (const sources of changed.values()) expect(sources.size).toBe(1);
    wrong += changed.size;
  }
  // (20 / 64) ** 0.6 is 0.498: half of the 200 objects are guessed rightly.
  expect(wrong).toBeGreaterThan(70);
  expect(wrong).toBeLessThan(130);
});

test("the more is settled, the more is right, and the seed decides all", () => {
  const changes = (masked: number) =>
    Array.from({ length: 50 }, (_, seed) => draw(masked, seed).tokens.filter((token) => token !== 1).length);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  expect(sum(changes(60))).toBeGreaterThan(2 * sum(changes(20)));
  expect(sum(changes(0))).toBe(0);
  expect(draw(30, 7)).toEqual(draw(30, 7));
  expect(draw(30, 7)).not.toEqual(draw(30, 8));
});
