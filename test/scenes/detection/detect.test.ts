import { describe, expect, it } from "vitest";
import type { Pixels } from "../../../src/records/image.js";
import { createScenesDetector, detectObjects } from "../../../src/scenes/detection/detect.js";
import { renderScene } from "../../../src/scenes/drawing/render.js";
import { type Scene, type SceneObject, SIDE } from "../../../src/scenes/drawing/scene.js";
import { COLORS, SHAPES } from "../../../src/scenes/language/vocabulary.js";

const one = (object: Partial<SceneObject> = {}): Scene => ({
  background: 116,
  objects: [{ shape: "star", color: "red", column: 3, row: 3, ...object }],
});

describe("the scenes detector", () => {
  it.each(SHAPES)("finds a whole %s of every colour on every background with score above 0.9", (shape) => {
    for (const color of COLORS) {
      for (const background of [116, 136, 156]) {
        const found = detectObjects(renderScene({ ...one({ shape, color }), background }, 7));
        expect(found).toEqual([expect.objectContaining({ class: shape, color })]);
        expect(found[0]?.score).toBeGreaterThan(0.9);
      }
    }
  });

  it("boxes an object within a pixel and a half of its outline", () => {
    const [circle] = detectObjects(renderScene(one({ shape: "circle" }), 1));
    for (const [side, expected] of [18, 18, 38, 38].entries()) {
      expect(Math.abs((circle?.box[side] ?? 0) - expected)).toBeLessThanOrEqual(1.5);
    }
  });

  it("finds nothing on an empty background", () => {
    expect(detectObjects(renderScene({ background: 136, objects: [] }, 1))).toEqual([]);
  });

  it("separates neighbours of one colour at the smallest distance", () => {
    const neighbours = [1, 4].map((column) => ({ shape: "cross", color: "blue", column, row: 2 }) as const);
    const found = detectObjects(renderScene({ background: 136, objects: neighbours }, 2));
    expect(found.map((detection) => detection.class)).toEqual(["cross", "cross"]);
  });

  it("reads blurred images the same way", () => {
    const { data, ...size } = renderScene(one({ shape: "ring", color: "brown" }), 5);
    const found = detectObjects({ ...size, data: blurred(blurred(data)) });
    expect(found).toEqual([expect.objectContaining({ class: "ring", color: "brown" })]);
    expect(found[0]?.score).toBeGreaterThan(0.9);
  });

  it("scores a fragment below 0.3", () => {
    const star = renderScene(one(), 5);
    const third = erased(star, (x) => x > 28);
    for (const detection of detectObjects(third)) expect(detection.score).toBeLessThan(0.3);
  });

  it("does not take a shape of two colours for either", () => {
    const [red, blue] = [
      renderScene(one({ shape: "square" }), 5),
      renderScene(one({ shape: "square", color: "blue" }), 5),
    ];
    const half = red.data.map((level, at) => (Math.floor(at / 3) % SIDE < 28 ? level : (blue.data[at] ?? 0)));
    const squares = detectObjects({ ...red, data: half }).filter((found) => found.class === "square");
    expect(squares.filter((found) => found.score > 0.3)).toEqual([]);
  });

  it("answers a batch in order", async () => {
    const images = SHAPES.map((shape) => renderScene(one({ shape }), 3));
    const found = await createScenesDetector().detect(images);
    expect(found.map(([first]) => first?.class)).toEqual([...SHAPES]);
  });
});

function erased(image: Pixels, hidden: (x: number) => boolean): Pixels {
  return { ...image, data: image.data.map((level, at) => (hidden(Math.floor(at / 3) % SIDE) ? 116 : level)) };
}

/** A 3 x 3 mean of each channel. */
function blurred(data: Uint8Array): Uint8Array {
  const at = (x: number, y: number, channel: number) =>
    data[(Math.min(SIDE - 1, Math.max(0, y)) * SIDE + Math.min(SIDE - 1, Math.max(0, x))) * 3 + channel] ?? 0;
  return data.map((_, index) => {
    const [x, y, channel] = [Math.floor(index / 3) % SIDE, Math.floor(index / 3 / SIDE), index % 3];
    let sum = 0;
    for (const down of [-1, 0, 1]) for (const right of [-1, 0, 1]) sum += at(x + right, y + down, channel);
    return Math.round(sum / 9);
  });
}
