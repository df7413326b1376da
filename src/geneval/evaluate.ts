import type { Detection } from "../records/detection.js";
import type { PromptMetadata, Requirement } from "../records/prompt.js";
import type { DetectedObjects } from "./filter.js";
import { filterDetections } from "./filter.js";
import { GENEVAL_DEFAULTS, type GenEvalOptions } from "./options.js";
import { relativePosition } from "./position.js";

/** Whether an image shows what its prompt asks for, and if not why: one line per failed clause, "" when correct. */
export interface GenEvalResult {
  readonly correct: boolean;
  readonly reason: string;
}

/** Scores one image from everything a detector found in it. Missing options take the reference's defaults. */
export function evaluateImage(
  detections: readonly Detection[],
  metadata: PromptMetadata,
  options: Partial<GenEvalOptions> = {},
): GenEvalResult {
  const settled = { ...GENEVAL_DEFAULTS, ...options };
  return evaluateObjects(
    filterDetections(detections, metadata.tag, settled),
    metadata,
    settled.positionThreshold,
  );
}

/** Scores one image from its kept objects: all `include` clauses must hold, and none of the `exclude` clauses. */
export function evaluateObjects(
  objects: DetectedObjects,
  metadata: PromptMetadata,
  positionThreshold: number,
): GenEvalResult {
  const reasons: string[] = [];
  const groups: (readonly Detection[] | undefined)[] = [];
  for (const clause of metadata.include) {
    const found = (objects.get(clause.class) ?? []).slice(0, clause.count);
    const failure =
      countFailure(clause, found) ??
      colorFailure(clause, found) ??
      positionFailure(clause, found, groups, positionThreshold);
    if (failure !== undefined) reasons.push(failure);
    groups.push(failure === undefined ? found : undefined);
  }
  for (const clause of metadata.exclude ?? []) {
    const surplus = objects.get(clause.class)?.length ?? 0;
    if (surplus >= clause.count) reasons.push(`expected ${clause.class}<${clause.count}, found ${surplus}`);
  }
  return { correct: reasons.length === 0, reason: reasons.join("\n") };
}

function countFailure(clause: Requirement, found: readonly Detection[]): string | undefined {
  if (found.length >= clause.count) return undefined;
  return `expected ${clause.class}>=${clause.count}, found ${found.length}`;
}

function colorFailure(clause: Requirement, found: readonly Detection[]): string | undefined {
  const expected = clause.color;
  if (expected === undefined) return undefined;
  const colors = found.map((detection) => detection.color);
  const matching = countOf(colors, expected);
  if (matching >= clause.count) return undefined;
  const seen = COLORS.filter((color) => colors.includes(color)).map(
    (color) => `${countOf(colors, color)} ${color}`,
  );
  const wanted = `expected ${expected} ${clause.class}>=${clause.count}`;
  return `${wanted}, found ${matching} ${expected}; and ${seen.join(", ")}`;
}

/** Every object found must stand in the relation to every object of the target clause. */
function positionFailure(
  clause: Requirement,
  found: readonly Detection[],
  groups: readonly (readonly Detection[] | undefined)[],
  threshold: number,
): string | undefined {
  if (clause.position === undefined) return undefined;
  const [expected, targetClause] = clause.position;
  const targets = groups[targetClause];
  if (targets === undefined) return `no target for ${clause.class} to be ${expected}`;
  for (const object of found) {
    for (const target of targets) {
      const relations: string[] = relativePosition(object.box, target.box, threshold);
      if (!relations.includes(expected)) {
        return `expected ${clause.class} ${expected} target, found ${relations.join(" and ")} target`;
      }
    }
  }
  return undefined;
}

function countOf(values: readonly string[], wanted: string): number {
  return values.filter((value) => value === wanted).length;
}

/** GenEval's colours, in the order in which its reasons name them. */
export const COLORS = [
  ...["red", "orange", "yellow", "green", "blue"],
  ...["purple", "pink", "brown", "black", "white"],
] as const;
