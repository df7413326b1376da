import { MOST } from "../limits.js";
import { aside, flag, list, oneOf, positive, section, share, text, whole, within } from "./fields.js";

/** Settings that the trainings of generators and of judges say alike; `usual` is their default. */
export const learningRate = (usual: number) =>
  positive(MOST.strength).default(usual).describe("Peak of the cosine schedule.");
export const warmupShare = (usual: number) =>
  share().default(usual).describe("Share of the steps over which the rate rises from 0.");
export const averageDecay = (usual: number) =>
  within(0, 0.99999)
    .default(usual)
    .describe("Decay of the moving average of the weights, which is then what is kept; 0 for none.");
export const threads = whole(1, MOST.threads)
  .nullable()
  .default(null)
  .meta(aside("CPU threads; null leaves it to torch."));
export const device = oneOf(["cpu", "cuda", "auto"])
  .default("cpu")
  .describe("Where to train; auto takes a graphics card where there is one.");

const weight = () => positive(MOST.strength).optional();
/**
 * Named losses and their weights; DPO with a share of SFT is { sigmoid: 1, sft: 0.5 }. The names are TRL's;
 * sigmoid_smoothed, ipo_unnormalised and bco_pair_centred are what TRL before 1.0 meant by the first part of the name.
 * Two hold the policy where it is right: sft, the masked-token likelihood of the chosen (RPO, arXiv 2404.19733), and dpop,
 * which costs only what the chosen has lost against the reference (DPO-Positive, arXiv 2402.13228).
 */
export const losses = section({
  sigmoid: weight(),
  sigmoid_smoothed: weight(),
  robust: weight(),
  hinge: weight(),
  ipo: weight(),
  ipo_unnormalised: weight(),
  sigmoid_norm: weight(),
  exo_pair: weight(),
  nca_pair: weight(),
  bco_pair: weight(),
  bco_pair_centred: weight(),
  sppo_hard: weight(),
  aot: weight(),
  aot_unpaired: weight(),
  apo_zero: weight(),
  apo_down: weight(),
  discopop: weight(),
  dpop: weight(),
  sft: weight(),
})
  .refine((weights) => Object.values(weights).some((value) => value !== undefined), {
    error: "at least one loss with its weight",
  })
  .default({ sigmoid: 1 })
  .describe("Named losses and their weights; DPO with a share of SFT is { sigmoid: 1, sft: 0.5 }.");

export const masks = section({
  policy: oneOf(["random", "high-ratio", "own-path"])
    .default("high-ratio")
    .describe(
      "Ratios as in pre-training, ratios from `lowestRatio` to 1, or the steps at which each image's own tokens were committed.",
    ),
  lowestRatio: share().default(0.75).describe("Lowest ratio that high-ratio draws."),
  scored: oneOf(["committed", "masked"])
    .default("committed")
    .describe("What own-path scores: the tokens committed at the step drawn, or all that were still masked."),
  pathShare: positive(1).default(1).describe("First share of the path that own-path draws steps from."),
  draws: whole(1, MOST.draws).default(2).describe("Masks of a pair in an optimizer step."),
  stratified: flag()
    .default(true)
    .describe("A pair's masks are spread over the mask ratio instead of being drawn apart from each other."),
  antithetic: flag().default(false).describe("Masks come in couples of opposite ratio and positions."),
  shared: flag()
    .default(true)
    .describe("Chosen and rejected share their masks; false draws twice, as the released trainer does."),
  tables: whole(1, MOST.draws).default(4).describe("Sets of masks in all; epochs take them in turn."),
})
  .prefault({})
  .describe(
    "Which tokens are hidden when an image's likelihood is estimated. Chosen and rejected share their draws.",
  );

export const sampler = section({
  steps: whole(1, MOST.decodingSteps).default(8).describe("Decoding steps."),
  guidanceScale: within(0, MOST.strength)
    .default(0)
    .describe("0 draws from the model itself, as reward guidance expects."),
  temperature: within(0, MOST.strength)
    .default(1)
    .describe("Gumbel temperature of confidence re-masking at step 0."),
})
  .prefault({})
  .describe("Images drawn while training, for guidance and to look at.");

export const guidance = section({
  judge: text("a checkpoint").describe("A checkpoint of the judge."),
  coefficient: within(0, MOST.strength).default(0.1).describe("Weight of the term."),
  kind: oneOf(["straight-through", "score-function"])
    .default("straight-through")
    .describe(
      "Where its gradient comes from: through the drawn tokens, or from the rewards of several images of a prompt.",
    ),
  question: text("a question of the judge").default("outcome").describe("What the judge is asked."),
  prompts: whole(1, MOST.batch).default(8).describe("Captions an optimizer step, of those of the pairs."),
  images: whole(2, MOST.batch).default(4).describe("Images of a caption that the score function compares."),
  draws: whole(1, MOST.draws).default(2).describe("Steps of an image's path that the score function scores."),
});

export const adapter = section({
  rank: whole(1, MOST.rank).default(8).describe("Rank of the adapter."),
  alpha: whole(1, MOST.strength).default(16).describe("Its scale is alpha / rank."),
  targets: list(text("a layer's name"), "names of layers", { least: 1 })
    .nullable()
    .default(null)
    .describe("Names of linear layers; null takes those of all blocks."),
  betweenRounds: oneOf(["merged", "carried"])
    .default("merged")
    .describe("Next round: a fresh adapter on merged weights, or this one carried on."),
});

export const referenceSync = section({
  every: whole(1, MOST.optimizerSteps).default(512).describe("Optimizer steps between two moves."),
  mixup: positive(1).default(0.6).describe("Share of the policy it moves by; 1 replaces it."),
});

export const heldOut = section({
  share: within(0, 0.9).default(0).describe("Share of the captions; 0 holds none out."),
  every: whole(1, MOST.optimizerSteps).default(50).describe("Optimizer steps between validations."),
  patience: whole(1, MOST.optimizerSteps)
    .nullable()
    .default(null)
    .describe("Validations without a gain after which training stops; null goes on."),
  keep: oneOf(["last", "best"])
    .default("last")
    .describe("The checkpoint kept: the last weights, or the best on held-out pairs."),
})
  .prefault({})
  .describe("Pairs of a share of the captions, which only validate.");
