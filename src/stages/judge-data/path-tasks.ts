import type { Prompt, Task } from "../../records/prompt.js";
import type { SearchTask } from "../../search/strategy.js";
import { imageCounts } from "../image-counts.js";

export interface PathShare {
  /** Paths of each task. */
  readonly perTask: number;
  /** Tasks that get twice as many. */
  readonly doubled: readonly Task[];
}

/** One search a path: those of a prompt follow each other, the paths of a task are spread evenly over its prompts. */
export function pathTasks(
  prompts: readonly Prompt[],
  { perTask, doubled }: PathShare,
  seed: number,
): SearchTask[] {
  const isDoubled = ({ metadata }: Prompt) => doubled.some((tag) => tag === metadata?.tag);
  const counts = new Map([
    ...imageCounts(prompts.filter(isDoubled), { perTask: 2 * perTask }, seed),
    ...imageCounts(
      prompts.filter((prompt) => !isDoubled(prompt)),
      { perTask },
      seed,
    ),
  ]);
  return prompts.flatMap((prompt) =>
    Array.from({ length: counts.get(prompt.id) ?? 0 }, (_, attempt) => ({ prompt, attempt })),
  );
}
