import { z } from "zod";
import { MOST } from "../limits.js";
import { oneOf, section, text, whole } from "./fields.js";

const bundled = section({
  family: z
    .literal("bundled")
    .optional()
    .default("bundled")
    .describe("The small models in data/models, run in Node."),
  base: text("a checkpoint")
    .default("scenes-base")
    .describe("Name in data/models, folder or checkpoint id that round 1 samples from."),
  tokenizer: text("a checkpoint").default("scenes-tokenizer").describe("The image tokenizer."),
  judge: text("a checkpoint, or null")
    .nullable()
    .default("scenes-judge-fine-tuned")
    .describe("Chooses among candidates and gives plain rows a second opinion; null does without."),
});

const released = () => text("a folder, or a name on the Hub");

/** Show-o and its judges in a PyTorch worker. */
export const showO = section({
  family: z
    .literal("show-o")
    .describe(
      "Show-o and its judges in a PyTorch worker: folders, names on the Hub, or checkpoints of the workspace.",
    ),
  base: released().default("showlab/show-o").describe("Show-o 256 or 512; its config.json says which."),
  tokenizer: released().default("showlab/magvitv2").describe("MAGVIT-v2."),
  textTokenizer: released().default("microsoft/phi-1_5").describe("The generator's text tokenizer."),
  judge: released()
    .nullable()
    .default("ZiyuG/Image-Generation-CoT/parm")
    .describe("A vision-language model, or a reward model in CLIP's format; null does without."),
  questions: text("the path of a JSON file, or null")
    .nullable()
    .default(null)
    .describe("JSON file of the judge's wording; null takes ours."),
  detector: section({
    objects: released()
      .default("facebook/mask2former-swin-small-coco-instance")
      .describe("Mask2Former trained for COCO instances."),
    colors: released().default("openai/clip-vit-large-patch14").describe("A CLIP, which names colours."),
  })
    .prefault({})
    .describe("What finds objects and names their colours."),
  judgeBatch: whole(1, MOST.batch).default(16).describe("Images judged together."),
  judgeDtype: oneOf(["same", "fp8"])
    .default("same")
    .describe(
      "Numbers of a LLaVA-OneVision or Janus-Pro judge's layers: as `dtype`, or 8 bits (cards of compute capability 8.9 on). It is then another judge.",
    ),
  device: oneOf(["cpu", "cuda", "auto"])
    .default("auto")
    .describe("Where the models run; auto takes a graphics card where there is one."),
  dtype: oneOf(["auto", "float32", "bfloat16"])
    .default("auto")
    .describe("Numbers of the models; auto is bfloat16 on a GPU."),
  compile: oneOf(["none", "default", "reduce-overhead", "max-autotune"])
    .default("none")
    .describe("torch.compile's mode of a decoding step."),
  threads: whole(1, MOST.threads).nullable().default(null).describe("CPU threads; null leaves it to torch."),
});

export const models = z
  .discriminatedUnion("family", [bundled, showO], { error: '{ family: "bundled" } or { family: "show-o" }' })
  .prefault({})
  .describe("Which family carries the models, and which models.");

export type ModelsConfig = z.output<typeof models>;
export type ShowOModels = z.output<typeof showO>;

/** The released sampler's settings. */
export const SHOW_O_SAMPLER = Object.freeze({ steps: 18, guidanceScale: 1.75, temperature: 1, slots: 16 });

/** What a family changes of a pipeline's other defaults. */
export const FAMILY_DEFAULTS: Readonly<
  Record<
    ModelsConfig["family"],
    { readonly sampler: object; readonly round: object; readonly execution: object }
  >
> = {
  bundled: { sampler: {}, round: {}, execution: {} },
  // All weights of a billion parameters are rarely trained.
  "show-o": {
    sampler: SHOW_O_SAMPLER,
    round: { training: { adapter: {}, device: "auto" } },
    execution: { gpus: 1 },
  },
};
