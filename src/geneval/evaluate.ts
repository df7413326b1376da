import type { Detection } from "../records/detection.js";
import type { PromptMetadata, Requirement } from "../records/prompt.js";
import type { Fault } from "../records/reasons.js";
import { COLORS } from "./colors.js";
import type { DetectedObjects } from "./filter.js";
import { filterDetections } from "./filter.js";
import { GENEVAL_DEFAULTS, type GenEvalOptions } from "./options.js";
import { relativePosition } from "./position.js";

/** Whether an image shows what its prompt asks for, and if not why: one line per failed clause, "" when correct. */
export interface GenEvalResult {
  readonly correct: boolean;
  readonly reason: string;
  /** The same as data. A clause that failed only because its target did has none. */
  readonly faults: readonly ClauseFault[];
}

/** What is wrong with one clause. */
export interface ClauseFault {
  /** Index in the metadata's `include`; -1 for an `exclude` clause whose class is not included. */
  readonly clause: number;
  readonly fault: Fault;
  /** What was found instead: a number, colours, relations; none is "". */
  readonly found: string;
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
  const failures: Failure[] = [];
  const groups: (readonly Detection[] | undefined)[] = [];
  for (const [index, clause] of metadata.include.entries()) {
    const found = (objects.get(clause.class) ?? []).slice(0, clause.count);
    const failure =
      countFailure(clause, found) ??
      colorFailure(clause, found) ??
      positionFailure(clause, found, groups, positionThreshold);
    if (failure !== undefined) failures.push({ clause: index, ...failure });
    groups.push(failure === undefined ? found : undefined);
  }
  for (const excluded of metadata.exclude ?? []) {
    const surplus = objects.get(excluded.class)?.length ?? 0;
    if (surplus < excluded.count) continue;
    const clause = metadata.include.findIndex((included) => included.class === excluded.class);
    const line = `expected ${excluded.class}<${excluded.count}, found ${surplus}`;
    failures.push({ clause, line, fault: "too many", found: String(surplus) });
  }
  return {
    correct: failures.length === 0,
    reason: failures.map(({ line }) => line).join("\n"),
    faults: failures.flatMap(({ clause, fault, found }) => (fault ? { clause, fault, found } : [])),
  };
}

interface Failure {
  readonly clause: number;
  /** As the reference words it. */
  readonly line: string;
  readonly fault?: Fault;
  readonly found: string;
}

function countFailure(clause: Requirement, found: readonly Detection[]): Omit<Failure, "clause"> | undefined {
  if (found.length >= clause.count) return undefined;
  return {
    line: `expected ${clause.class}>=${clause.count}, found ${found.length}`,
    fault: found.length === 0 ? "missing" : "too few",
    found: String(found.length),
  };
}

function colorFailure(clause: Requirement, found: readonly Detection[]): Omit<Failure, "clause"> | undefined {
  const expected = clause.color;
  if (expected === undefined) return undefined;
  const colors = found.map((detection) => detection.color);
  const matching = countOf(colors, expected);
  if (matching >= clause.count) return undefined;
  const present = COLORS.filter((color) => colors.includes(color));
  const seen = present.map((color) => `${countOf(colors, color)} ${color}`);
  const wanted = `expected ${expected} ${clause.class}>=${clause.count}`;
  return {
    line: `${wanted}, found ${matching} ${expected}; and ${seen.join(", ")}`,
    fault: "wrong color",
    found: present.filter((color) => color !== expected).join(" and "),
  };
}

/** Every object found must stand in the relation to every object of the target clause. */
function positionFailure(
  clause: Requirement,
  found: readonly Detection[],
  groups: readonly (readonly Detection[] | undefined)[],
  threshold: number,
): Omit<Failure, "clause"> | undefined {
  if (clause.position === undefined) return undefined;
  const [expected, targetClause] = clause.position;
  const targets = groups[targetClause];
  if (targets === undefined) return { line: `no target for ${clause.class} to be ${expected}`, found: "" };
  for (const object of found) {
    for (const target of targets) {
      const relations: string[] = relativePosition(object.box, target.box, threshold);
      if (!relations.includes(expected)) {
        const seen = relations.join(" and ");
        const line = `expected ${clause.class} ${expected} target, found ${seen} target`;
        return { line, fault: "wrong place", found: seen };
      }
    }
  }
  return undefined;
}

function countOf(values: readonly string[], wanted: string): number {
  return values.filter((value) => value === wanted).length;
}
