import { z } from "zod";
import { MOST } from "../../config/limits.js";
import { oneOf, share, whole, within } from "../../config/schema/fields.js";
import { DRAWN_FAMILIES, SCHEDULERS, showO } from "../../config/schema/models.js";
import { maybe, place, request, texts } from "./request.js";

const { judgeBatch, judgeDtype, threads, device, dtype } = showO.shape;
const prompts = () => texts().describe("B prompts.");
const pixels = () => place().describe("Safetensors file with pixels.");
const output = () => place().describe("Safetensors file to write.");
const paths = () => z.array(z.int().nonnegative()).min(1).readonly();

const openDrawerRequest = request(
  "open-drawer",
  {
    title: "OpenDrawerRequest",
    description:
      "Loads a generator that keeps its paths itself and draws pictures; what is loaded already stays, with its paths.",
  },
  {
    family: oneOf(DRAWN_FAMILIES).describe("The family of the generator."),
    generator: place().describe("Folder of the generator: a pipeline, or a checkpoint of ours."),
    checkpoint: maybe().describe("Folder that a trainer has left for a generator of a person's own."),
    previewDecoder: maybe().describe("Folder of a tiny autoencoder that shows paths midway."),
    steps: whole(1, MOST.decodingSteps).describe("Steps of a whole path."),
    guidanceScale: within(0, MOST.strength).describe(
      "s in unconditional + s * (conditional - unconditional), or what the model is told.",
    ),
    scheduler: oneOf(SCHEDULERS).default("pipeline").describe("What takes a path from step to step."),
    width: whole(8, MOST.imageSide)
      .nullable()
      .default(null)
      .describe("In pixels; the model's own when absent."),
    height: whole(8, MOST.imageSide)
      .nullable()
      .default(null)
      .describe("In pixels; the model's own when absent."),
    threads,
    device,
    dtype,
  },
);

const pathsOpenRequest = request(
  "paths-open",
  { title: "PathsOpenRequest", description: "Begins B paths." },
  {
    paths: paths().describe("B numbers, new ones."),
    prompts: prompts(),
    seeds: paths().describe("B seeds."),
  },
);

const pathsAdvanceRequest = request(
  "paths-advance",
  { title: "PathsAdvanceRequest", description: "Runs one step of each of B paths." },
  { paths: paths().describe("B numbers.") },
);

const pathsForkRequest = request(
  "paths-fork",
  {
    title: "PathsForkRequest",
    description: "Begins a path from the state of another, which has run `step` steps, at an `earlier` one.",
  },
  {
    path: z.int().nonnegative().describe("A number: a new one, or the source's own, which it then replaces."),
    source: z.int().nonnegative().describe("Number of the path that it leaves."),
    step: z.int().nonnegative().describe("Steps that the source has run."),
    earlier: z.int().nonnegative().describe("Steps that the new path has run."),
    seed: z.int().nonnegative().describe("What is random in it from here on."),
    share: share().describe("How much is drawn anew: of the first noise, or of the steps."),
  },
);

const pathsShowRequest = request(
  "paths-show",
  {
    title: "PathsShowRequest",
    description:
      "The pictures of B paths of one size as they stand: `output` gets pixels (B, H, W, 3) uint8.",
  },
  { paths: paths().describe("B numbers."), output: output() },
);

const pathsDropRequest = request(
  "paths-drop",
  {
    title: "PathsDropRequest",
    description: "Forgets paths; those that are not there any more are passed over.",
  },
  { paths: paths().describe("Numbers.") },
);

const openJudgeRequest = request(
  "open-judge",
  { title: "OpenJudgeRequest", description: "Loads a judge of pictures, beside whatever else is loaded." },
  {
    judge: place().describe("Folder of a vision-language model or of a reward model."),
    questions: maybe().describe("JSON file of the judge's wording; ours when absent."),
    judgeBatch,
    judgeDtype,
    threads,
    device,
    dtype,
  },
);

const judgePicturesRequest = request(
  "judge-pictures",
  {
    title: "JudgePicturesRequest",
    description: "P(yes) of each question about each of B pictures: `input` holds pixels (B, H, W, 3) uint8.",
  },
  { questions: texts().describe("Questions."), prompts: prompts(), input: pixels() },
);

/** What is asked of generators that draw pictures, and of judges of these. */
export const drawnRequests = [
  openDrawerRequest,
  pathsOpenRequest,
  pathsAdvanceRequest,
  pathsForkRequest,
  pathsShowRequest,
  pathsDropRequest,
  openJudgeRequest,
  judgePicturesRequest,
] as const;
