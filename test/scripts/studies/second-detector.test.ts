import { describe, expect, it } from "vitest";
import { agrees, compareDetectors, gradedTwice } from "../../../scripts/studies/second-detector/compared.js";
import { detectorPage } from "../../../scripts/studies/second-detector/page.js";

const RING = { class: "ring", box: [10, 10, 32, 32], score: 0.99, color: "red" } as const;

function image(promptId: string, correct: boolean, seen: readonly (typeof RING)[]) {
  const metadata = {
    tag: "single_object",
    include: [{ class: "ring", count: 1 }],
    prompt: "a photo of a ring",
  };
  return { promptId, metadata, correct, seen };
}

describe("two detectors", () => {
  const graded = gradedTwice([
    image("a", true, [RING]),
    image("b", false, []),
    image("c", true, []),
    image("d", false, [RING]),
    image("e", true, [RING]),
  ]);

  it("are compared image by image under the same rules", () => {
    expect(graded.map(({ secondCorrect }) => secondCorrect)).toEqual([true, false, false, true, true]);
    const found = compareDetectors(graded);
    expect(found).toMatchObject({ images: 5, first: 0.6, second: 0.6 });
    expect(found.agreement.value).toBeCloseTo(0.6);
    expect(found.agreement.low).toBeLessThan(0.6);
    expect(found.kappa).toBeCloseTo((0.6 - 0.52) / 0.48);
    expect(graded.filter(agrees)).toHaveLength(3);
  });

  it("stand on a page with interval and kappa", () => {
    const page = detectorPage({
      scenesSeenExactly: 0.98,
      rows: [{ label: "base", ...compareDetectors(graded) }],
    });
    expect(page).toContain("| base | 5 | 0.600 | 0.600 | 0.600 (");
    expect(page).toContain("single_object 0.600");
  });

  it("cannot be compared without images", () => {
    expect(() => compareDetectors([])).toThrow(RangeError);
  });
});
