import { z } from "zod";
import { oneOf, section, text, whole } from "./fields.js";
import { MOST } from "./limits.js";

/** The small models in data/models, run in Node. */
const bundled = section({
  family: z.literal("bundled").optional().default("bundled"),
  /** Name in data/models, folder or checkpoint id that round 1 samples from. */
  base: text("a checkpoint").default("scenes-base"),
  tokenizer: text("a checkpoint").default("scenes-tokenizer"),
  /** Chooses among candidates and gives plain rows a second opinion; null does without. */
  judge: text("a checkpoint, or null").nullable().default("scenes-judge-fine-tuned"),
});

const released = () => text("a folder, or a name on the Hub");

/** Show-o and its judges in a PyTorch worker: folders, names on the Hub, or checkpoints of the workspace. */
const showO = section({
  family: z.literal("show-o"),
  /** Show-o 256 or 512; its config.json says which. */
  base: released().default("showlab/show-o"),
  /** MAGVIT-v2. */
  tokenizer: released().default("showlab/magvitv2"),
  textTokenizer: released().default("microsoft/phi-1_5"),
  /** A vision-language model, or a reward model in CLIP's format; null does without. */
  judge: released().nullable().default("ZiyuG/Image-Generation-CoT/parm"),
  /** JSON file of the judge's wording; null takes ours. */
  questions: text("the path of a JSON file, or null").nullable().default(null),
  detector: section({
    /** Mask2Former trained for COCO instances. */
    objects: released().default("facebook/mask2former-swin-small-coco-instance"),
    /** A CLIP, which names colours. */
    colors: released().default("openai/clip-vit-large-patch14"),
  }).prefault({}),
  /** Images judged together. */
  judgeBatch: whole(1, MOST.batch).default(16),
  device: oneOf(["cpu", "cuda", "auto"]).default("auto"),
  /** Numbers of the models; auto is bfloat16 on a GPU. */
  dtype: oneOf(["auto", "float32", "bfloat16"]).default("auto"),
  /** torch.compile's mode of a decoding step. */
  compile: oneOf(["none", "default", "reduce-overhead", "max-autotune"]).default("none"),
  /** CPU threads; null leaves it to torch. */
  threads: whole(1, MOST.threads).nullable().default(null),
});

/** Which adapters carry the models, and which models. */
export const models = z
  .discriminatedUnion("family", [bundled, showO], { error: '{ family: "bundled" } or { family: "show-o" }' })
  .prefault({});

export type ModelsConfig = z.output<typeof models>;
export type ShowOModels = z.output<typeof showO>;

/** What a family changes of a pipeline's other defaults. */
export const FAMILY_DEFAULTS: Readonly<
  Record<
    ModelsConfig["family"],
    { readonly sampler: object; readonly round: object; readonly execution: object }
  >
> = {
  bundled: { sampler: {}, round: {}, execution: {} },
  // The released sampler's settings; all weights of a billion parameters are rarely trained.
  "show-o": {
    sampler: { steps: 18, guidanceScale: 1.75, temperature: 1, slots: 16 },
    round: { training: { adapter: {}, device: "auto" } },
    execution: { gpus: 1 },
  },
};
