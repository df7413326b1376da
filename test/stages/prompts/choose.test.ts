import { describe, expect, it } from "vitest";
import type { Prompt } from "../../../src/records/prompt.js";
import { choosePrompts, splitHeldOut } from "../../../src/stages/prompts/choose.js";

function prompts(counts: Readonly<Record<string, number>>): Prompt[] {
  return Object.entries(counts).flatMap(([tag, count]) =>
    Array.from({ length: count }, (_, index) => {
      const text = `${tag} ${index}`;
      return { id: text, text, metadata: { tag, include: [], prompt: text } };
    }),
  );
}
function tags(chosen: readonly Prompt[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metadata } of chosen) counts[metadata?.tag ?? ""] = (counts[metadata?.tag ?? ""] ?? 0) + 1;
  return counts;
}
const list = prompts({ colors: 40, counting: 3, position: 20 });

describe("choosePrompts", () => {
  it("spreads them evenly over the tasks and gives the turns of a short task to the others", () => {
    expect(tags(choosePrompts(list, 9, 0))).toEqual({ colors: 3, counting: 3, position: 3 });
    expect(tags(choosePrompts(list, 23, 0))).toEqual({ colors: 10, counting: 3, position: 10 });
  });

  it("gives all of them once when asked for more, or for null", () => {
    expect(new Set(choosePrompts(list, 500, 0))).toEqual(new Set(list));
    expect(choosePrompts(list, null, 0)).toHaveLength(list.length);
  });

  it("chooses others under another key, the same under the same", () => {
    const [one, again, other] = [
      choosePrompts(list, 9, 1),
      choosePrompts(list, 9, 1),
      choosePrompts(list, 9, 2),
    ];
    expect(one).toEqual(again);
    expect(other.map(({ id }) => id)).not.toEqual(one.map(({ id }) => id));
  });
});

describe("splitHeldOut", () => {
  it("shares no prompt between the two sides and keeps each task on both", () => {
    const { validation, evaluation } = splitHeldOut(list, 1 / 3);
    expect(tags(validation)).toEqual({ colors: 13, counting: 1, position: 7 });
    expect(tags(evaluation)).toEqual({ colors: 27, counting: 2, position: 13 });
    expect(validation.filter((prompt) => evaluation.includes(prompt))).toEqual([]);
  });

  it.each([
    [0, 0],
    [1, 63],
    [0.01, 3],
    [0.999, 60],
  ])("gives validation at a share of %d its %d prompts", (share, expected) => {
    expect(splitHeldOut(list, share).validation).toHaveLength(expected);
  });
});
