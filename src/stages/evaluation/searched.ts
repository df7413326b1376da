import type { SearchVerifier } from "../../config/schema/verifier.js";
import type { Judge } from "../../records/seams.js";
import { strategyOf } from "../../search/verifiers.js";
import type { OnDone, ShardTools } from "../running/distributable-shards.js";
import { imageOf, runSearches } from "../sampling/run-searches.js";
import { hash32 } from "../seeds.js";
import type { ChosenImages, EvaluationOrder } from "./evaluation-order.js";
import { candidatesPerImage } from "./images.js";

/** One search an image, for verifiers that steer the sampling. Whole images join the pool of the workspace. */
export async function chooseSearched(
  { images, verifier, seed, purpose }: EvaluationOrder,
  { source, judge }: Pick<ShardTools, "source" | "judge">,
  onDone: OnDone,
): Promise<ChosenImages> {
  const tasks = images.map(({ prompt, sample }) => ({ prompt, attempt: sample }));
  const { outcomes, candidates, verdicts, searches } = await runSearches(tasks, {
    source,
    strategy: strategyOf(verifier as SearchVerifier, hash32(seed, purpose)),
    judge: judge as Judge,
    keeps: ({ status }) => status === "finished",
    onOutcome: () => onDone(candidatesPerImage(verifier)),
  });
  const chosen = outcomes.map((outcome) => ({ candidate: imageOf(outcome), verdict: undefined }));
  return { chosen, fresh: candidates, verdicts, searches };
}
