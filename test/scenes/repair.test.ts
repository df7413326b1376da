import { describe, expect, test } from "vitest";
import { type PromptMetadata, TASKS } from "../../src/records/prompt.js";
import { renderScene } from "../../src/scenes/drawing/render.js";
import { farApart, sampleScene } from "../../src/scenes/drawing/sample-scene.js";
import type { Scene, SceneObject } from "../../src/scenes/drawing/scene.js";
import { promptsOf } from "../../src/scenes/language/combinations.js";
import { promptOf } from "../../src/scenes/language/prompt.js";
import { createRandom } from "../../src/scenes/random.js";
import { readScene, repairScene, spliceRepair } from "../../src/scenes/repair.js";
import { captionHolds } from "../../src/scenes/truth.js";

const metadata = (text: string) => promptOf(text).metadata as PromptMetadata;
const object = (look: string, column: number, row: number) => {
  const [color, shape] = look.split(" ");
  return { shape, color, column, row } as SceneObject;
};
const scene = (...objects: SceneObject[]): Scene => ({ objects, background: 136 });
const repaired = (from: Scene, text: string, seed = 1) =>
  repairScene(from, metadata(text), createRandom(seed)) as Scene;

describe("a repair", () => {
  const star = object("red star", 2, 2);
  const ring = object("green ring", 5, 5);

  test("makes the prompt true by one change where one is enough, and leaves the other object alone", () => {
    const cases: [string, (after: Scene) => boolean][] = [
      ["a blue star and a green ring", ({ objects }) => objects[0]?.color === "blue" && objects.length === 2],
      ["a red star and a green heart", ({ objects }) => objects.length <= 3 && objects.includes(star)],
      ["two stars", ({ objects }) => objects.includes(star)],
      ["a heart", ({ objects }) => objects.includes(star) || objects.includes(ring)],
      ["a star left of a ring", ({ objects }) => objects.includes(star) !== objects.includes(ring)],
    ];
    for (const [text, holds] of cases) {
      for (let seed = 0; seed < 5; seed++) {
        const after = repaired(scene(star, ring), text, seed);
        expect(captionHolds(metadata(text), after), text).toBe(true);
        expect(holds(after), text).toBe(true);
      }
    }
  });

  test("adds and takes away as many objects as a count asks for", () => {
    expect(repaired(scene(), "three crosses").objects.map(({ shape }) => shape)).toEqual(
      Array(3).fill("cross"),
    );
    const four = [star, object("red star", 5, 2), object("pink star", 2, 5), object("blue star", 5, 5)];
    const after = repaired(scene(...four), "two stars");
    expect(after.objects.filter(({ shape }) => shape === "star").length).toBe(2);
  });

  test("is found for nearly every wrong scene of every task, with room between the objects", () => {
    let found = 0;
    for (const task of TASKS) {
      for (let seed = 0; seed < 10; seed++) {
        const random = createRandom(seed);
        const [one, other] = [random.pick(promptsOf(task)), random.pick(promptsOf(task))];
        const after = repairScene(sampleScene(other, random), one, random);
        if (after === undefined) continue;
        found += 1;
        expect(captionHolds(one, after)).toBe(true);
        const apart = after.objects.every((a, at) =>
          after.objects.slice(at + 1).every((b) => farApart(a, b)),
        );
        expect(apart).toBe(true);
      }
    }
    expect(found).toBeGreaterThanOrEqual(57);
  });
});

test("an image is read back as the scene it was drawn from", () => {
  for (let seed = 0; seed < 12; seed++) {
    const random = createRandom(seed);
    const drawn = sampleScene(random.pick(promptsOf("color_attr")), random);
    const read = readScene(renderScene(drawn, seed)) as Scene;
    expect(new Set(read.objects)).toEqual(new Set(drawn.objects));
    expect(Math.abs(read.background - drawn.background)).toBeLessThan(3);
  }
});

test("a repaired grid has new tokens where objects changed and where there was rubbish, and the old ones elsewhere", () => {
  const [kept, changed] = [object("red star", 2, 2), object("green ring", 5, 5)];
  const before = scene(kept, changed);
  const after = scene(kept, { ...changed, color: "blue" });
  const pixels = renderScene(before, 1);
  // A few dark pixels in the corner: no object that the detector knows.
  for (let pixel = 0; pixel < 6; pixel++) pixels.data.fill(10, pixel * 3, pixel * 3 + 3);
  const [old, fresh] = [new Uint16Array(64).fill(1), new Uint16Array(64).fill(2)];
  const spliced = spliceRepair({ scene: before, tokens: old }, pixels, { scene: after, tokens: fresh });
  const replaced = [...spliced.entries()].filter(([, token]) => token === 2).map(([at]) => at);
  const ofRing = [4, 5, 6].flatMap((row) => [4, 5, 6].map((column) => row * 8 + column));
  expect(replaced).toEqual([0, ...ofRing]);
});
