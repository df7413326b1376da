import type { Store } from "../../../src/adapters/store/index.js";
import { type RankedInPrompt, withinPromptAuc } from "../../../src/statistics/auc.js";
import { BOOTSTRAP_DEFAULTS, bootstrap } from "../../../src/statistics/bootstrap.js";
import { signFlipPValue } from "../../../src/statistics/permutation.js";
import { differenceStrata, type Outcome, type Stratum, scoreStrata } from "../../../src/statistics/strata.js";
import { rounded } from "../../rounded.js";
import type { SeenCandidate } from "./candidates.js";

/** Candidates of a generator, image by image. */
export type Images = readonly (readonly SeenCandidate[])[];

/** What a verifier has to choose among: scores are means of the tasks, 0..1, with 95% intervals clustered by prompt. */
export function headroomOf(images: Images, base: Images) {
  const all = images.flat();
  const oracle = images.map((own) => ({ ...(own[0] as SeenCandidate), correct: own.some(isRight) }));
  const gaps = images.flatMap((own) =>
    own.slice(1).map((one, at) => distance(one, own[at] as SeenCandidate)),
  );
  return {
    images: images.length,
    candidates: all.length,
    one: scoreOf(scoreStrata(all)),
    /** Of one candidate, paired with the base's of the same seed. */
    over_base: images === base ? null : differenceOf(base.flat(), all),
    /** What a judge without fault would reach. */
    best_of_all: scoreOf(scoreStrata(oracle)),
    images_without_a_right_one: rounded(oracle.filter((one) => !isRight(one)).length / images.length),
    /** Share of the tokens in which two candidates of an image differ. */
    token_distance: rounded(gaps.reduce((sum, one) => sum + one, 0) / gaps.length),
  };
}

/** How well a judge's stored outcomes rank the candidates of a prompt; undefined where it was not asked about all. */
export function rankingBy(judge: string, store: Store, images: Images) {
  const seen = images.flat();
  const ranked = seen.flatMap(({ id, steps, promptId, correct }): RankedInPrompt[] => {
    const verdict = store.verdicts.find({
      candidateId: id,
      judge,
      question: "outcome",
      step: steps,
    })?.verdict;
    return verdict?.kind === "scored" ? [{ promptId, correct, score: verdict.score }] : [];
  });
  if (ranked.length < seen.length) return undefined;
  const { mean, pairsWeighted, prompts } = withinPromptAuc(ranked);
  return { auc_within_prompt: rounded(mean), by_pairs: rounded(pairsWeighted), prompts };
}

function differenceOf(base: readonly SeenCandidate[], own: readonly SeenCandidate[]) {
  const strata = differenceStrata(
    own.map(({ correct, promptId, tag }, at) => ({
      ...{ promptId, tag, before: (base[at] as SeenCandidate).correct, after: correct },
    })),
  );
  return { ...scoreOf(strata), p: rounded(signFlipPValue(strata, BOOTSTRAP_DEFAULTS)) };
}

function scoreOf(strata: readonly Stratum[]) {
  const { overall, tasks } = bootstrap(strata, BOOTSTRAP_DEFAULTS);
  return {
    overall: rounded(overall.value),
    ci: [rounded(overall.low), rounded(overall.high)],
    tasks: Object.fromEntries([...tasks].map(([tag, { value }]) => [tag, rounded(value)])),
  };
}

function distance({ tokens: one }: SeenCandidate, { tokens: other }: SeenCandidate): number {
  return one.reduce((count, token, at) => count + Number(token !== other[at]), 0) / one.length;
}

function isRight({ correct }: Pick<Outcome, "correct">): boolean {
  return correct;
}
