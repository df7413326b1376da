/** A model that others released on the Hub, as far as it is known. */
export interface ReleasedModel {
  /** OWNER/NAME, or a folder of such a repository. */
  readonly name: string;
  readonly purpose: string;
  /** The commit that is fetched; `main` where no commit with these files is known. */
  readonly revision?: string;
  /** What of it is used. */
  readonly part: "model" | "tokenizer";
  /** GB to fetch. */
  readonly gigabytes: number;
  /** GB of weights on the GPU, in the numbers the serving worker uses. */
  readonly memory: number;
  readonly license: string;
}

const SEE_PAGE = "none stated: see its page";

/** Billions of parameters times bytes of a number: 2 in bfloat16, 4 in float32. */
const weights = (billions: number, bytes: 2 | 4) => billions * bytes;

const SHOW_O: ReleasedModel = {
  name: "showlab/show-o",
  purpose: "generator, 256 x 256",
  revision: "cdabfbde0b00f617a846ea970488f8b0c6e26df7",
  part: "model",
  gigabytes: 5.79,
  memory: weights(1.45, 2),
  license: "MIT",
};

const MAGVIT: ReleasedModel = {
  name: "showlab/magvitv2",
  purpose: "image tokenizer",
  part: "model",
  gigabytes: weights(0.0954, 4),
  memory: weights(0.0954, 4),
  license: SEE_PAGE,
};

const PHI: ReleasedModel = {
  name: "microsoft/phi-1_5",
  purpose: "the generator's text tokenizer",
  revision: "675aa382d814580b22651a30acb1a585d7c25963",
  part: "tokenizer",
  gigabytes: 0.004,
  memory: 0,
  license: "MIT",
};

/** LLaVA-OneVision-7B in bfloat16. */
const llavaOneVision = (name: string, purpose: string): ReleasedModel => ({
  name,
  purpose,
  part: "model",
  gigabytes: weights(8.03, 2),
  memory: weights(8.03, 2),
  license: SEE_PAGE,
});

const PARM = llavaOneVision("ZiyuG/Image-Generation-CoT/parm", "judge of every question (PARM)");

const MASK2FORMER: ReleasedModel = {
  name: "facebook/mask2former-swin-small-coco-instance",
  purpose: "objects for GenEval",
  part: "model",
  gigabytes: 0.276,
  memory: 0.276,
  license: "other: see its page",
};

const CLIP: ReleasedModel = {
  name: "openai/clip-vit-large-patch14",
  purpose: "colours for GenEval",
  revision: "32bd64288804d66eefd0ccbe215aa642df71cc41",
  part: "model",
  gigabytes: 1.71,
  memory: 1.71,
  license: SEE_PAGE,
};

/** CLIP ViT-H/14, in float32 as released; a judge of finished images. */
const PICK_SCORE: ReleasedModel = {
  name: "yuvalkirstain/PickScore_v1",
  purpose: "reward model of finished images",
  revision: "a4e4367c6dfa7288a00c550414478f865b875800",
  part: "model",
  gigabytes: weights(0.986, 4),
  memory: weights(0.986, 2),
  license: SEE_PAGE,
};

const janusPro = (size: string, billions: number): ReleasedModel => ({
  name: `deepseek-community/Janus-Pro-${size}`,
  purpose: "generator, 384 x 384, and its own judge",
  part: "model",
  gigabytes: weights(billions, 2),
  memory: weights(billions, 2),
  license: "MIT, and DeepSeek's model licence: see its page",
});

const JANUS_PRO = janusPro("1B", 2.09);
const JANUS_PRO_7B = janusPro("7B", 7.42);

/** Its encoder of 1.22 billion parameters is used; the file holds the decoder as well. */
const FLAN_T5: ReleasedModel = {
  name: "google/flan-t5-xl",
  purpose: "LlamaGen's text encoder",
  part: "model",
  gigabytes: weights(2.85, 4),
  memory: weights(1.22, 2),
  license: "Apache-2.0",
};

/** Models that are known by name. Sizes and commits are those of their pages on the Hub, sizes also by counts of parameters. */
export const RELEASED_MODELS: readonly ReleasedModel[] = [
  SHOW_O,
  {
    ...SHOW_O,
    name: "showlab/show-o-512x512",
    purpose: "generator, 512 x 512",
    revision: "main",
    license: "Apache-2.0",
  },
  MAGVIT,
  PHI,
  PARM,
  llavaOneVision("ZiyuG/Image-Generation-CoT/orm_ft", "judge of finished images (fine-tuned ORM)"),
  PICK_SCORE,
  JANUS_PRO,
  JANUS_PRO_7B,
  FLAN_T5,
  MASK2FORMER,
  CLIP,
];

/** What one needs together, by the name that `doctor --model` takes. */
export const MODEL_SETS: Readonly<Record<string, readonly string[]>> = {
  "show-o": [SHOW_O, MAGVIT, PHI, PARM, MASK2FORMER, CLIP].map(({ name }) => name),
  "janus-pro": [JANUS_PRO, MASK2FORMER, CLIP].map(({ name }) => name),
  "janus-pro-7b": [JANUS_PRO_7B, MASK2FORMER, CLIP].map(({ name }) => name),
  llamagen: [FLAN_T5, PARM, MASK2FORMER, CLIP].map(({ name }) => name),
  "show-o-512": ["showlab/show-o-512x512", ...[MAGVIT, PHI, PARM, MASK2FORMER, CLIP].map(({ name }) => name)],
};

/** What is known of a model by name, with or without a revision. */
export function releasedModel(typed: string): ReleasedModel | undefined {
  const name = typed.replace(/@.*$/, "");
  return RELEASED_MODELS.find((model) => model.name === name);
}

/** Commits by OWNER/NAME. */
export const PINNED: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  RELEASED_MODELS.map(({ name, revision }) => [name.split("/").slice(0, 2).join("/"), revision]),
);
