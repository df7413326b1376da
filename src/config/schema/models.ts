import { z } from "zod";
import type { SamplerSettings } from "../../records/candidate.js";
import { MOST } from "../limits.js";
import { oneOf, section, text, whole } from "./fields.js";

/** Families whose models run in Node. */
export const NODE_FAMILIES = ["bundled", "bundled-next-token"] as const;

const scenes = {
  tokenizer: text("a checkpoint").default("scenes-tokenizer").describe("The image tokenizer."),
  judge: text("a checkpoint, or null")
    .nullable()
    .default("scenes-judge-fine-tuned")
    .describe("Chooses among candidates and gives plain rows a second opinion; null does without."),
};

const bundled = section({
  family: z
    .literal("bundled")
    .optional()
    .default("bundled")
    .describe("The small models in data/models, run in Node."),
  base: text("a checkpoint")
    .default("scenes-base")
    .describe("Name in data/models, folder or checkpoint id that round 1 samples from."),
  ...scenes,
});

const bundledNextToken = section({
  family: z
    .literal("bundled-next-token")
    .describe(
      "The small models in data/models with a generator that draws codes one after the other, run in Node.",
    ),
  base: text("a checkpoint")
    .default("scenes-next-token")
    .describe("Name in data/models, folder or checkpoint id that round 1 samples from."),
  ...scenes,
});

/** Names the base's own autoencoder. */
export const OWN_AUTOENCODER = "own";

const released = () => text("a folder, or a name on the Hub");
const PARM = "ZiyuG/Image-Generation-CoT/parm";
const JANUS_PRO = "deepseek-community/Janus-Pro-1B";

const detector = section({
  objects: released()
    .default("facebook/mask2former-swin-small-coco-instance")
    .describe("Mask2Former trained for COCO instances."),
  colors: released().default("openai/clip-vit-large-patch14").describe("A CLIP, which names colours."),
});

/** How a PyTorch worker runs a family, and what judges and detects beside it. */
const worker = {
  questions: text("the path of a JSON file, or null")
    .nullable()
    .default(null)
    .describe("JSON file of the judge's wording; null takes ours."),
  detector: detector.prefault({}).describe("What finds objects and names their colours."),
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
};

const visionLanguage = (name: string) =>
  released()
    .nullable()
    .default(name)
    .describe("A vision-language model, or a reward model in CLIP's format; null does without.");

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
  judge: visionLanguage(PARM),
  ...worker,
});

const llamagen = section({
  family: z
    .literal("llamagen")
    .describe(
      "LlamaGen and its judges in a PyTorch worker; its released files are converted first (docs/models.md).",
    ),
  base: text("a folder").describe(
    "Folder of the converted GPT-XL for 256 or 512 pixels, or a checkpoint of the workspace.",
  ),
  tokenizer: text("a folder or file").describe("The converted VQ-16."),
  textTokenizer: released()
    .default("google/flan-t5-xl")
    .describe("The frozen T5 that captions are read by, and its tokenizer."),
  judge: visionLanguage(PARM),
  ...worker,
});

const janusPro = section({
  family: z
    .literal("janus-pro")
    .describe(
      "Janus-Pro and its judges in a PyTorch worker: folders in transformers' layout or the released one, names on the Hub, or checkpoints of the workspace.",
    ),
  base: released().default(JANUS_PRO).describe("Janus-Pro 1B or 7B; its config.json says which."),
  tokenizer: released().default(JANUS_PRO).describe("The model whose image tokenizer it is, the base's own."),
  textTokenizer: released()
    .default(JANUS_PRO)
    .describe("The model whose text tokenizer it is, the base's own."),
  judge: released()
    .nullable()
    .default("self")
    .describe(
      'A vision-language model, a reward model in CLIP\'s format, or "self": the base judges with the side of it that reads pictures. Null does without.',
    ),
  ...worker,
});

const drawnWorker = {
  judge: released()
    .nullable()
    .default(null)
    .describe(
      "A vision-language model, a reward model (CLIP's format, ImageReward), or one of `judges`; null does without.",
    ),
  ...worker,
  detector: detector
    .nullable()
    .default(null)
    .describe("What finds objects and names their colours; {} takes the usual two, null does without."),
};

/** What takes a path of diffusers from step to step. */
export const SCHEDULERS = [
  "pipeline",
  "ddim",
  "euler",
  "euler-ancestral",
  "dpm-solver++",
  "flow-euler",
] as const;

/** Any of diffusers' text-to-image pipelines that are known. */
const diffusers = section({
  family: z
    .literal("diffusers")
    .describe(
      "A text-to-image pipeline of diffusers in a PyTorch worker: Stable Diffusion 1 to 3.5, SDXL, FLUX.",
    ),
  base: text("a folder").describe("Folder of the pipeline, as save_pretrained writes it, in safetensors."),
  tokenizer: text("a folder, or own")
    .default(OWN_AUTOENCODER)
    .describe('The pipeline whose autoencoder it is; "own" is the base\'s.'),
  previewDecoder: released()
    .nullable()
    .default(null)
    .describe("A tiny autoencoder (TAESD) that shows paths midway; null takes the pipeline's own."),
  ...drawnWorker,
});

/** A person's own generator; `family: { python: "module:factory" }` is another way to say it. */
const own = section({
  family: z
    .literal("python")
    .describe("A generator of your own, a class in a Python file (docs/own-generators.md)."),
  base: text("MODULE:FACTORY")
    .regex(/^[\w.]+:\w+$/, { error: "MODULE:FACTORY" })
    .describe("Where it is: MODULE:FACTORY."),
  folder: text("a folder").default(".").describe("Folder that the module lies in."),
  tokenizer: text("own").default(OWN_AUTOENCODER).describe('"own": it draws pictures by itself.'),
  ...drawnWorker,
});

/** Families whose models a PyTorch worker holds. */
export const TORCH_FAMILIES = ["show-o", "llamagen", "janus-pro"] as const;

/** Families whose images are pictures, drawn by a PyTorch worker. */
export const DRAWN_FAMILIES = ["diffusers", "python"] as const;

/** Families that draw codes one after the other, row by row. */
const NEXT_TOKEN_FAMILIES: readonly ModelsConfig["family"][] = [
  "bundled-next-token",
  "llamagen",
  "janus-pro",
];

export const models = z
  .discriminatedUnion("family", [bundled, bundledNextToken, showO, llamagen, janusPro, diffusers, own], {
    error: [...NODE_FAMILIES, ...TORCH_FAMILIES, ...DRAWN_FAMILIES]
      .map((family) => `{ family: "${family}" }`)
      .join(" or "),
  })
  .prefault({})
  .describe("Which family carries the models, and which models.");

export type ModelsConfig = z.output<typeof models>;
export type DrawnModelsConfig = Extract<ModelsConfig, { readonly family: (typeof DRAWN_FAMILIES)[number] }>;
export type TorchModelsConfig = Extract<ModelsConfig, { readonly textTokenizer: string }>;

/** In which order a family's tokens come to be. */
export function scheduleOf({ family }: ModelsConfig): SamplerSettings["schedule"] {
  if (DRAWN_FAMILIES.some((drawn) => drawn === family)) return "denoising";
  return NEXT_TOKEN_FAMILIES.includes(family) ? "raster" : "cosine";
}
