import { describe, expect, it } from "vitest";
import { PromptError } from "../../src/errors.js";
import { TASKS } from "../../src/records/prompt.js";
import { PALETTE, pixelCentre, renderScene } from "../../src/scenes/drawing/render.js";
import { BACKGROUNDS, sampleScene } from "../../src/scenes/drawing/sample-scene.js";
import { type Scene, SIDE } from "../../src/scenes/drawing/scene.js";
import { wrongCaptions } from "../../src/scenes/language/captions.js";
import { promptsOf, saysHeldOut } from "../../src/scenes/language/combinations.js";
import { HARD_FALSEHOODS } from "../../src/scenes/language/falsehoods.js";
import { parsePrompt } from "../../src/scenes/language/grammar.js";
import { createRandom, mix } from "../../src/scenes/random.js";
import { captionHolds } from "../../src/scenes/truth.js";

describe("sampleScene", () => {
  it.each(TASKS)("makes %s prompts true with nothing else in the scene, objects 24 px apart", (task) => {
    for (const [index, prompt] of promptsOf(task).slice(0, 120).entries()) {
      const scene = sampleScene(prompt, createRandom(index));
      expect(captionHolds(prompt, scene)).toBe(true);
      expect(scene.objects).toHaveLength(prompt.include.reduce((sum, clause) => sum + clause.count, 0));
      expect(nearestPair(scene)).toBeGreaterThanOrEqual(24);
      expect(BACKGROUNDS).toContain(scene.background);
    }
  });

  it("refuses what cannot be drawn", () => {
    const six = parsePrompt("three stars and three rings");
    expect(() => sampleScene(six, createRandom(1))).toThrow(PromptError);
    expect(() => sampleScene(parsePrompt("four stars left of a ring"), createRandom(1))).toThrow(
      /cannot be drawn/,
    );
  });
});

describe("wrongCaptions", () => {
  it.each(TASKS)("are distinct, false and never held out: %s", (task) => {
    for (const [index, prompt] of promptsOf(task).slice(0, 120).entries()) {
      const random = createRandom(mix(5, index));
      const scene = sampleScene(prompt, random);
      const wrong = wrongCaptions(prompt, scene, { count: 4, random });
      expect(new Set(wrong.map(({ caption }) => caption.prompt)).size).toBe(4);
      for (const { kind, caption } of wrong) {
        const isOfTask = caption.tag === task;
        expect(isOfTask || (kind === "one more" && caption.tag === "counting")).toBe(true);
        expect(captionHolds(caption, scene)).toBe(false);
        expect(saysHeldOut(caption)).toBe(false);
      }
    }
  });

  it("swap, mirror and miscount wherever the caption allows it, before anything easier", () => {
    const hard = (prompt: string) => {
      const metadata = parsePrompt(prompt);
      const scene = sampleScene(metadata, createRandom(3));
      const wrong = wrongCaptions(metadata, scene, { count: 8, random: createRandom(4), heldOut: true });
      return wrong.flatMap(({ kind, caption }) =>
        HARD_FALSEHOODS.has(kind) ? [`${kind}: ${caption.prompt.replace("a photo of ", "")}`] : [],
      );
    };
    expect(hard("a star left of a ring")).toEqual(
      expect.arrayContaining([
        "things swapped: a ring left of a star",
        "relation mirrored: a star right of a ring",
      ]),
    );
    expect(hard("a red star and a blue ring")).toContain("colors swapped: a blue star and a red ring");
    expect(hard("three rings").sort()).toEqual(["one fewer: two rings", "one more: four rings"]);
    expect(hard("two stars and a ring")).toContain("numbers swapped: a star and two rings");
    expect(hard("two red stars left of a blue ring")).toEqual(
      expect.arrayContaining([
        "things swapped: a blue ring left of two red stars",
        "colors swapped: two blue stars left of a red ring",
      ]),
    );
  });
});

describe("renderScene", () => {
  const scene: Scene = {
    background: 136,
    objects: [{ shape: "circle", color: "red", column: 2, row: 4 }],
  };

  it("gives the same pixels for the same seed only", () => {
    expect(renderScene(scene, 3)).toEqual(renderScene(scene, 3));
    expect(renderScene(scene, 3).data).not.toEqual(renderScene(scene, 4).data);
  });

  it("draws the colour at the object's place and grey elsewhere, within noise", () => {
    const { data } = renderScene(scene, 1);
    const at = (x: number, y: number) => [...data.subarray((y * SIDE + x) * 3, (y * SIDE + x) * 3 + 3)];
    const centre = at(pixelCentre(2), pixelCentre(4));
    for (const [channel, level] of PALETTE.red.entries())
      expect(Math.abs((centre[channel] ?? 0) - level)).toBeLessThan(10);
    for (const level of at(60, 4)) expect(Math.abs(level - 136)).toBeLessThan(8);
  });

  it("has background noise of standard deviation 1.5", () => {
    const { data } = renderScene({ background: 136, objects: [] }, 8);
    const variance = data.reduce((sum, level) => sum + (level - 136) ** 2, 0) / data.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(1.4);
    expect(Math.sqrt(variance)).toBeLessThan(1.65);
  });
});

function nearestPair({ objects }: Scene): number {
  const distances = objects.flatMap((one, index) =>
    objects.slice(index + 1).map((other) => 8 * Math.hypot(one.column - other.column, one.row - other.row)),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...distances);
}
