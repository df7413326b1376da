import { describe, expect, it } from "vitest";
import { measureDetector } from "../../src/families/detector-accuracy.js";
import { TASKS } from "../../src/records/prompt.js";
import { createScenesDetector } from "../../src/scenes/detection/detect.js";

describe("measureDetector", () => {
  it("finds the scenes detector exact on rendered scenes of every task", async () => {
    const accuracy = await measureDetector({ detector: createScenesDetector(), count: 120, seed: 11 });
    expect(accuracy.images).toBe(120);
    expect(accuracy.tasks.map(({ task, correct, exact }) => [task, correct, exact])).toEqual(
      TASKS.map((task) => [task, 1, 1]),
    );
    expect(accuracy.shuffledWronglyAccepted).toBe(0);
    expect(accuracy.shuffledAccepted).toBeLessThan(0.2);
  });

  it("finds a detector that sees nothing wrong everywhere", async () => {
    const blind = { identity: "blind", detect: async (images: readonly unknown[]) => images.map(() => []) };
    const accuracy = await measureDetector({ detector: blind, count: 12, seed: 11 });
    for (const task of accuracy.tasks) expect([task.correct, task.exact]).toEqual([0, 0]);
  });

  it("catches a detector that accepts too much", async () => {
    const scenes = createScenesDetector();
    const generous = {
      identity: "generous",
      detect: async (images: Parameters<typeof scenes.detect>[0]) =>
        (await scenes.detect(images)).map((found) =>
          found.flatMap((one) => [one, { ...one, class: "star" }]),
        ),
    };
    const accuracy = await measureDetector({ detector: generous, count: 600, seed: 11 });
    expect(accuracy.shuffledWronglyAccepted).toBeGreaterThan(0);
  });

  it("passes images through a reconstruction", async () => {
    const reconstruct = async (images: readonly { width: number; height: number; data: Uint8Array }[]) =>
      images.map((image) => ({ ...image, data: image.data.map(() => 128) }));
    const accuracy = await measureDetector({
      detector: createScenesDetector(),
      count: 6,
      seed: 1,
      reconstruct,
    });
    expect(accuracy.tasks.every((task) => task.exact === 0)).toBe(true);
  });
});
