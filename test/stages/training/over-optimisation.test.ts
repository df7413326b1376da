import { describe, expect, it } from "vitest";
import {
  compareSamples,
  overOptimisedNote,
  tasksNote,
} from "../../../src/stages/training/over-optimisation.js";

const half = Array.from({ length: 40 }, (_, index) => index % 2);
/** `half` with the first so many images turned to yes, or to no. */
const turned = (count: number, to: 0 | 1) => half.map((score, index) => (index < count ? to : score));
const first = { step: 0, training: half, heldOut: half };

describe("over-optimisation", () => {
  it("is a sure rise of what training follows with a sure fall of what it never sees", () => {
    const found = compareSamples(first, { step: 40, training: turned(30, 1), heldOut: turned(30, 0) });
    expect(found.over_optimised).toBe(true);
    expect(found).toMatchObject({
      step: 40,
      images: 40,
      "samples/training": 0.875,
      "samples/held_out": 0.125,
    });
    expect(found.training_shift?.mean).toBeCloseTo(15 / 40);
    expect(overOptimisedNote(found)).toMatch(
      /at step 40 .* risen by 0\.375 ± 0\.\d+ on 40 sample images .* fallen by 0\.375/,
    );
  });

  it.each([
    ["both rise", turned(30, 1), turned(30, 1)],
    ["both fall", turned(30, 0), turned(30, 0)],
    ["only what training follows rises", turned(30, 1), half],
    ["only the held-out one falls", half, turned(30, 0)],
    ["they part by less than chance allows", turned(4, 1), turned(4, 0)],
    ["what training follows falls while the other rises", turned(30, 0), turned(30, 1)],
  ])("is not where %s", (_, training, heldOut) => {
    expect(compareSamples(first, { step: 40, training, heldOut }).over_optimised).toBe(false);
  });

  it("is told task by task, of the images that have one", () => {
    const tasks = half.map((_, index) => (index < 20 ? "counting" : index < 36 ? "position" : ""));
    const now = { step: 40, training: half, heldOut: turned(20, 1), tasks };
    const found = compareSamples({ ...first, tasks }, now);
    expect(found.tasks).toMatchObject({
      counting: { images: 20, "samples/held_out": 1, held_out_shift: { mean: 0.5 } },
      position: { images: 16, "samples/held_out": 0.5, held_out_shift: { mean: 0 } },
    });
    expect(Object.keys(found.tasks)).toEqual(["counting", "position"]);
    expect(tasksNote(found)).toMatch(
      /at step 40 .*: counting \+0\.500 ± 0\.\d+ \(20 images\), position \+0\.000/,
    );
    expect(tasksNote(compareSamples(first, { step: 40, training: half, heldOut: half }))).toBeUndefined();
  });

  it("is not seen where a verifier gave no scores", () => {
    const none = half.map(() => null);
    const found = compareSamples(
      { ...first, heldOut: none },
      { step: 1, training: turned(30, 1), heldOut: none },
    );
    expect(found).toMatchObject({ over_optimised: false, images: 0, "samples/held_out": null });
  });
});
