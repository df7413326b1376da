import type { z } from "zod";
import type { Fault } from "../faults.js";
import { MOST } from "../limits.js";
import { list, section, whole } from "./fields.js";

export const forks = section({
  each: whole(2, MOST.promptImages).default(4).describe("Images of one path: it and its branches."),
  after: list(whole(1, MOST.decodingSteps), "steps", { least: 1 }).describe(
    "Decoding steps that they share: the first path parts after the first number, the second after the second, and so on.",
  ),
})
  .nullable()
  .default(null)
  .describe(
    'Candidates that share their first steps, for pairs in which one choice decided (mining policy "per-step"): of a prompt\'s images every `each` branch off one path, after the steps of `after` in turn. Null samples every image apart.',
  );

export type ForksConfig = z.output<typeof forks>;

/** What of a round's forks cannot be: forks behind the last step, and per-step pairs without forks. */
export function forkFaults(
  rounds: readonly { readonly forks: ForksConfig; readonly mining: { readonly policy: string } }[],
  steps: number,
): Fault[] {
  return rounds.flatMap(({ forks, mining }, index) => {
    const at = `rounds[${index}].forks`;
    if (forks === null) {
      if (mining.policy !== "per-step") return [];
      const expected = "{ each, after } for the mining policy per-step, whose pairs part from one state";
      return [{ at, message: `Expected "${at}" to be ${expected}, got null` }];
    }
    const late = forks.after.find((after) => after >= steps);
    if (late === undefined) return [];
    const inside = `${at}.after`;
    return [
      { at: inside, message: `Expected "${inside}" to be below the sampler's ${steps} steps, got ${late}` },
    ];
  });
}
