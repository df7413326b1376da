import { z } from "zod";
import { MOST } from "../../config/limits.js";
import { SHOW_O_SAMPLER } from "../../config/schema/family-defaults.js";
import { oneOf, positive, share, text, whole, within } from "../../config/schema/fields.js";
import { showO, TORCH_FAMILIES } from "../../config/schema/models.js";
import { drawnRequests } from "./drawn-requests.js";
import { maybe, place, request, texts } from "./request.js";

const { judgeBatch, judgeDtype, threads, device, dtype, compile } = showO.shape;
const pixels = () => place().describe("Safetensors file with pixels.");
const tokens = () => place().describe("Safetensors file with tokens.");
const output = () => place().describe("Safetensors file to write.");
const prompts = () => texts().describe("B prompts.");

export const openRequest = request(
  "open",
  {
    title: "OpenRequest",
    description:
      "Loads the models; the first request of a worker. A later one replaces what it names anew and keeps the rest.",
  },
  {
    family: oneOf(TORCH_FAMILIES).default("show-o").describe("The family of generator and image tokenizer."),
    generator: maybe().describe(
      "Folder of the generator: a released one, or a checkpoint of ours; a worker without one only decodes and judges.",
    ),
    textTokenizer: maybe().describe(
      "Folder of what reads the generator's texts: a tokenizer (microsoft/phi-1_5's for Show-o, Janus-Pro's own), or LlamaGen's T5.",
    ),
    imageTokenizer: place().describe(
      "Folder or safetensors file of the image tokenizer: MAGVIT-v2, LlamaGen's VQ-16, or a Janus-Pro.",
    ),
    judge: maybe().describe("Folder of a vision-language model or of a CLIP; none when absent."),
    questions: maybe().describe("JSON file of the judge's wording; ours when absent."),
    guidanceScale: within(0, MOST.strength)
      .default(SHOW_O_SAMPLER.guidanceScale)
      .describe(
        "Of Show-o g in (1 + g) * conditional - g * unconditional; of the others s in unconditional + s * (conditional - unconditional).",
      ),
    temperature: within(0, MOST.strength)
      .default(1)
      .describe("Of next-token generators: what logits are divided by; 0 draws the likeliest code."),
    topK: whole(1, MOST.codes)
      .nullable()
      .default(null)
      .describe("Of next-token generators: likeliest codes that one is drawn among; null among all."),
    topP: positive(1)
      .default(1)
      .describe("Of next-token generators: share of the probability that one is drawn among."),
    slots: whole(1, MOST.batch).default(SHOW_O_SAMPLER.slots).describe("Paths in one forward pass."),
    judgeBatch,
    judgeDtype,
    threads,
    device,
    dtype,
    compile,
  },
);

export const openDetectorRequest = request(
  "open-detector",
  {
    title: "OpenDetectorRequest",
    description: "Loads a detector, in place of or beside the models of `open`.",
  },
  {
    objects: place().describe("Folder of a Mask2Former trained for COCO instances."),
    colors: place().describe("Folder of a CLIP, which names colours."),
    colorNames: texts().describe("The colours that can be named."),
    colorWordings: texts().describe("Texts with {color} and {name} that pictures are compared with."),
    batch: whole(1, MOST.batch).default(8).describe("Pictures looked at together."),
    threads,
    device,
  },
);

export const identifyRequest = request(
  "identify",
  {
    title: "IdentifyRequest",
    description:
      "Who a model is, without loading it: the identity that `open` would tell, and what a judge answers.",
  },
  {
    kind: oneOf(["generator", "tokenizer", "judge"]).describe("What it is."),
    place: text("a place").describe("Folder of the model; of an image tokenizer also a file."),
    questions: maybe().describe("JSON file of a judge's wording; ours when absent."),
    judgeDtype,
  },
);

const encodeTextRequest = request(
  "encode-text",
  {
    title: "EncodeTextRequest",
    description:
      "The text part of B prompts' rows, as training reads them: the event has B lists of text_length ids.",
  },
  { texts: prompts() },
);

const encodeRequest = request(
  "encode",
  {
    title: "EncodeRequest",
    description:
      "Tokens of pictures: `input` holds pixels (B, H, W, 3) uint8, `output` gets tokens (B, N) int32.",
  },
  { input: pixels(), output: output() },
);

const drawRequest = request(
  "draw",
  {
    title: "DrawRequest",
    description: `One step of B <= slots paths.

\`input\` holds tokens (B, N) int32, codebook_size where masked; seeds (B,) int64; steps (B,) int64, from 0.
\`output\` gets drawn (B, N) int32, known tokens kept, and log_probability (B, N) float32.`,
  },
  {
    texts: prompts(),
    input: place().describe("Safetensors file with tokens, seeds and steps."),
    output: output(),
  },
);

const completeRequest = request(
  "complete",
  {
    title: "CompleteRequest",
    description:
      "The likeliest whole images that B <= slots paths begin, which are drawn row by row: `output` gets tokens (B, N) int32.",
  },
  { texts: prompts(), input: tokens(), output: output() },
);

const decodeRequest = request(
  "decode",
  {
    title: "DecodeRequest",
    description:
      "Pixels of images: `input` holds tokens (B, N) int32, `output` gets pixels (B, H, W, 3) uint8, grey where rows are not drawn.",
  },
  { input: tokens(), output: output() },
);

const askRequest = request(
  "ask",
  {
    title: "AskRequest",
    description: "P(yes) of each question about each image; images are decoded and judged where they are.",
  },
  {
    questions: texts().describe("Questions."),
    prompts: prompts(),
    input: place().describe("Safetensors file with tokens (B, N) int32 of whole images."),
  },
);

const detectRequest = request(
  "detect",
  {
    title: "DetectRequest",
    description: `The objects in B pictures: \`input\` holds pixels (B, H, W, 3) uint8.

The event has one list a picture of {class, box: [x1, y1, x2, y2] in pixels, score, color}, the most certain first.`,
  },
  {
    input: pixels(),
    above: share().describe("Objects with a score up to this are left out."),
  },
);

export const serveRequestSchema = z.discriminatedUnion("request", [
  openRequest,
  openDetectorRequest,
  identifyRequest,
  encodeTextRequest,
  encodeRequest,
  drawRequest,
  completeRequest,
  decodeRequest,
  askRequest,
  detectRequest,
  ...drawnRequests,
]);

export type ServeRequest = z.input<typeof serveRequestSchema>;
type Asked<Name extends ServeRequest["request"]> = Omit<Extract<ServeRequest, { request: Name }>, "request">;
export type OpenRequest = Asked<"open">;
export type OpenDetectorRequest = Asked<"open-detector">;
export type IdentifyRequest = Asked<"identify">;
export type OpenDrawerRequest = Asked<"open-drawer">;
export type OpenJudgeRequest = Asked<"open-judge">;
export type ForkRequest = Asked<"paths-fork">;
