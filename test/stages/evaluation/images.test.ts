import { describe, expect, it } from "vitest";
import type { Prompt } from "../../../src/records/prompt.js";
import { evaluationImages } from "../../../src/stages/evaluation/images.js";

function prompts(tag: string, count: number): Prompt[] {
  return Array.from({ length: count }, (_, index) => {
    const text = `${tag} ${index}`;
    return { id: text, text, metadata: { tag, include: [], prompt: text } };
  });
}
const list = [...prompts("counting", 4), ...prompts("colors", 30)];

describe("evaluationImages", () => {
  it("takes the same number of every prompt", () => {
    const images = evaluationImages(list, { perPrompt: 3 }, 0);
    expect(images).toHaveLength(34 * 3);
    expect(images.slice(0, 3).map(({ sample }) => sample)).toEqual([0, 1, 2]);
  });

  it("spreads the images of a task over its prompts", () => {
    const images = evaluationImages(list, { perTask: 10 }, 0);
    const ofPrompt = (id: string) => images.filter(({ prompt }) => prompt.id === id).length;
    expect(
      list
        .slice(0, 4)
        .map(({ id }) => ofPrompt(id))
        .sort(),
    ).toEqual([2, 2, 3, 3]);
    expect(images.filter(({ prompt }) => prompt.metadata?.tag === "colors")).toHaveLength(10);
    expect(new Set(images.map(({ prompt, sample }) => `${prompt.id} ${sample}`)).size).toBe(20);
  });

  it("gives the larger evaluation every image of the smaller one", () => {
    const key = ({ prompt, sample }: { prompt: Prompt; sample: number }) => `${prompt.id} ${sample}`;
    const larger = new Set(evaluationImages(list, { perTask: 25 }, 4).map(key));
    expect(evaluationImages(list, { perTask: 9 }, 4).filter((image) => !larger.has(key(image)))).toEqual([]);
  });
});
