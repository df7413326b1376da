import type { EvaluationItem, EvaluationSource } from "../../../src/stages/comparison/evaluations.js";
import { randomStream } from "../../../src/statistics/random.js";

const TASKS = ["single_object", "two_object", "counting", "colors", "position", "color_attr"];

/**
 * An evaluation of `prompts` prompts a task, `images` images each. The same prompt and seed has the same difficulty in
 * every evaluation; `skill` moves how many of them come out right.
 */
export function syntheticEvaluation(
  name: string,
  skill: number,
  shape = { prompts: 12, images: 4 },
  kind = "checkpoint",
): EvaluationSource {
  const shared = randomStream(17);
  const own = randomStream(name.length * 31 + 1);
  const items: EvaluationItem[] = [];
  for (const [taskIndex, tag] of TASKS.entries()) {
    for (let prompt = 0; prompt < shape.prompts; prompt++) {
      const difficulty = 0.1 * taskIndex + 0.5 * shared.uniform();
      for (let seedIndex = 0; seedIndex < shape.images; seedIndex++) {
        const chance = 0.75 + skill - difficulty;
        const correct = 0.7 * shared.uniform() + 0.3 * own.uniform() < chance;
        items.push({
          promptId: `${tag}-${prompt}`,
          tag,
          seedIndex,
          correct,
          candidateId: `${name}/${tag}-${prompt}-${seedIndex}`,
          ...(correct ? {} : { reason: "expected red circle>=1, found 0 red; and 1 blue" }),
        });
      }
    }
  }
  return { name, kind, items };
}

/** Items given as [promptId, seedIndex, correct], all of one task. */
export function handEvaluation(
  name: string,
  rows: readonly (readonly [string, number, boolean])[],
  tag = "colors",
): EvaluationSource {
  const items = rows.map(([promptId, seedIndex, correct]) => ({
    promptId,
    tag,
    seedIndex,
    correct,
    candidateId: `${name}-${promptId}-${seedIndex}`,
  }));
  return { name, kind: "checkpoint", items };
}
