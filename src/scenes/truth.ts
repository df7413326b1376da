import type { PromptMetadata, Relation, Requirement } from "../records/prompt.js";
import { clearlyRelated, type Scene, type SceneObject } from "./drawing/scene.js";

/**
 * Whether a prompt is true of a scene whose objects are known: every clause of `include` is met by enough
 * objects (placed clearly, where it says so), and no clause of `exclude` is met.
 */
export function captionHolds(metadata: PromptMetadata, scene: Scene): boolean {
  const groups = metadata.include.map((clause) => matching(scene, clause));
  const included = metadata.include.every((clause, index) => {
    const group = groups[index] ?? [];
    return group.length >= clause.count && placed(group, clause, groups);
  });
  const excluded = (metadata.exclude ?? []).some((clause) => matching(scene, clause).length >= clause.count);
  return included && !excluded;
}

function matching(scene: Scene, clause: Requirement): SceneObject[] {
  return scene.objects.filter(
    (object) =>
      object.shape === clause.class && (clause.color === undefined || object.color === clause.color),
  );
}

function placed(group: SceneObject[], clause: Requirement, groups: SceneObject[][]): boolean {
  if (clause.position === undefined) return true;
  const [relation, target] = clause.position;
  const others = groups[target] ?? [];
  return group.every((one) => others.every((other) => clearlyRelated(one, relation as Relation, other)));
}
