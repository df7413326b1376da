import { expect, test } from "vitest";
import { evaluateImage, evaluateObjects } from "../../src/geneval/evaluate.js";
import type { Detection } from "../../src/records/detection.js";
import type { PromptMetadata } from "../../src/records/prompt.js";
import { goldenLines, type LooseMetadata, type ScoredBox } from "./golden.js";

interface EvaluateCase {
  id: number;
  metadata: LooseMetadata;
  position_threshold: number;
  detections: Record<string, ScoredBox[]>;
  colors: Record<string, string[]>;
  /** Every call stands twice: the golden file's maker evaluated each case in float32 and in float64. */
  color_calls: [string, number][];
  correct: boolean;
  reason_alternatives: string[];
}

/** The kept objects of a case, and the log of whose colour was looked at. */
function objectsOf(line: EvaluateCase) {
  const asked: string[] = [];
  const objects = new Map<string, Detection[]>();
  for (const [name, boxes] of Object.entries(line.detections)) {
    const detections = boxes.map(([x1, y1, x2, y2, score], index) => ({
      class: name,
      box: [x1, y1, x2, y2] as const,
      score,
      get color() {
        asked.push(name);
        return line.colors[name]?.[index] ?? "";
      },
    }));
    objects.set(name, detections);
  }
  return { objects, asked };
}

test("agrees with the reference on every golden case: verdict, reason and colours asked for", () => {
  const cases = goldenLines<EvaluateCase>("geneval_cases");
  expect(cases).toHaveLength(2450);
  for (const line of cases) {
    const { objects, asked } = objectsOf(line);
    const result = evaluateObjects(objects, { include: [], ...line.metadata }, line.position_threshold);
    expect(result.correct, `case ${line.id}`).toBe(line.correct);
    expect(line.reason_alternatives, `case ${line.id}`).toContain(result.reason);
    expect([...asked, ...asked], `case ${line.id}`).toEqual(
      line.color_calls.flatMap(([name, count]) => Array(count).fill(name)),
    );
  }
});

test("an image is scored from raw detections, with the stricter threshold for counting", () => {
  const square = (x: number, score: number): Detection => ({
    class: "square",
    box: [x, 0, x + 8, 8],
    score,
    color: "red",
  });
  const counting: PromptMetadata = {
    tag: "counting",
    include: [{ class: "square", count: 2 }],
    exclude: [{ class: "square", count: 3 }],
    prompt: "a photo of two squares",
  };
  const detections = [square(0, 0.95), square(20, 0.99), square(40, 0.6)];
  expect(evaluateImage(detections, counting)).toEqual({ correct: true, reason: "", faults: [] });
  expect(evaluateImage(detections, counting, { countingThreshold: 0.3 })).toEqual({
    correct: false,
    reason: "expected square<3, found 3",
    faults: [{ clause: 0, fault: "too many", found: "3" }],
  });
});
