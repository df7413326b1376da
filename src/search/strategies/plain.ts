import { candidateSeeds } from "../seeds.js";
import { runToEnd, type Strategy } from "../strategy.js";

export interface PlainOptions {
  /** Candidates a task. */
  readonly candidates: number;
  readonly seed: number;
}

/** Plain sampling: so many candidates, none judged. The first is the chosen one. */
export function plain({ candidates, seed }: PlainOptions): Strategy {
  return {
    name: "plain",
    async search(context) {
      const paths = candidateSeeds(seed, context, candidates).map((one) => context.open(one));
      await Promise.all(paths.map((path) => runToEnd(context, path)));
      const [first] = paths.map((path) => context.finish(path));
      return { chosen: first, reason: "the first sampled; nothing was judged" };
    },
  };
}
