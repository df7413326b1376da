import { expect, test } from "vitest";
import { evaluateImage } from "../../src/geneval/evaluate.js";
import { filterDetections, overlap } from "../../src/geneval/filter.js";
import { GENEVAL_DEFAULTS } from "../../src/geneval/options.js";
import type { Detection } from "../../src/records/detection.js";
import { goldenLines, type LooseMetadata, type ScoredBox, settleRelations } from "./golden.js";

interface FilterCase {
  id: number;
  tag: string;
  metadata: LooseMetadata;
  options: { threshold: number; counting_threshold: number; max_objects: number; max_overlap: number };
  raw: Record<string, ScoredBox[]>;
  kept: Record<string, number[]>;
  kept_class_order: string[];
  ties: boolean;
  correct: boolean;
  reason: string;
}

const cases = goldenLines<FilterCase>("detection_filter");

function detectionsOf(line: FilterCase): Detection[] {
  return Object.entries(line.raw).flatMap(([name, boxes]) =>
    boxes.map(([x1, y1, x2, y2, score]) => ({ class: name, box: [x1, y1, x2, y2], score, color: "red" })),
  );
}

function optionsOf(line: FilterCase) {
  return {
    ...GENEVAL_DEFAULTS,
    threshold: line.options.threshold,
    countingThreshold: line.options.counting_threshold,
    maxObjects: line.options.max_objects,
    maxOverlap: line.options.max_overlap,
  };
}

/** Per class, the kept detections as [x1, y1, x2, y2, score]. */
function keptBoxes(line: FilterCase): Record<string, number[][]> {
  const kept = filterDetections(detectionsOf(line), line.tag, optionsOf(line));
  return Object.fromEntries(
    [...kept].map(([name, group]) => [name, group.map((one) => [...one.box, one.score])]),
  );
}

function expectedBoxes(line: FilterCase): Record<string, number[][]> {
  return Object.fromEntries(
    Object.entries(line.kept).map(([name, indices]) => [
      name,
      indices.map((index) => line.raw[name]?.[index] ?? []),
    ]),
  );
}

test("the golden file is whole, and has lines without equal scores", () => {
  expect(cases).toHaveLength(700);
  expect(cases.filter((line) => !line.ties).length).toBeGreaterThan(500);
});

test("keeps what the reference keeps, in its order, and judges the image alike", () => {
  for (const line of cases.filter((one) => !one.ties)) {
    const kept = keptBoxes(line);
    expect(kept, `case ${line.id}`).toEqual(expectedBoxes(line));
    const result = evaluateImage(detectionsOf(line), { include: [], ...line.metadata }, optionsOf(line));
    expect(result.correct, `case ${line.id}`).toBe(line.correct);
    expect(settleRelations(result.reason), `case ${line.id}`).toBe(settleRelations(line.reason));
  }
});

test("with equal scores and no suppression it keeps the same scores, which box among equals being no contract", () => {
  const tied = cases.filter((line) => line.ties && line.options.max_overlap === 1);
  expect(tied.length).toBeGreaterThan(0);
  const scores = (boxes: Record<string, number[][]>) =>
    Object.fromEntries(Object.entries(boxes).map(([name, group]) => [name, group.map((box) => box[4])]));
  for (const line of tied) expect(scores(keptBoxes(line))).toEqual(scores(expectedBoxes(line)));
});

test("overlap counts the far edge as a pixel", () => {
  expect(overlap([0, 0, 9, 9], [0, 0, 9, 9])).toBe(1);
  expect(overlap([0, 0, 9, 9], [0, 5, 9, 14])).toBeCloseTo(50 / 150, 6);
  expect(overlap([0, 0, 9, 9], [20, 20, 29, 29])).toBe(0);
});
