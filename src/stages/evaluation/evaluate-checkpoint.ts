import type { StageRow } from "../../adapters/store/index.js";
import { PromptError } from "../../errors.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { Prompt } from "../../records/prompt.js";
import { refuseUnanswerable } from "../../search/answerable.js";
import { strategyOf, verifierSlug } from "../../search/verifiers.js";
import { type ImageOverlap, imageOverlap, type SetImage } from "../image-overlap.js";
import { distributable } from "../running/distributable-shards.js";
import { runStage, shardsOf } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { journaledSource } from "../sampling/journaled-source.js";
import { computeEvaluation, evaluationOrder, knownCandidates } from "./evaluate-shard.js";
import type { EvaluationParams } from "./evaluation-order.js";
import { candidatesPerImage, type EvaluationImage, imageSetHash } from "./images.js";
import { leakNote } from "./leaks.js";

/**
 * Scores a checkpoint with GenEval's rules on the given images: the first candidate of each, the judge's favourite of N,
 * or what a search ends with. Candidates that any stage sampled before are read back where the verifier only chooses
 * among whole images, so plain images are the first of best-of-N's. Throws ConfigError when the judge cannot answer what
 * the verifier asks.
 */
export async function evaluateCheckpoint(place: StagePlace, params: EvaluationParams): Promise<StageRow> {
  const { images, verifier, shardImages } = params;
  refuseUncheckable(images);
  if (verifier.kind !== "none") refuseUnanswerable(strategyOf(verifier, params.seed), params.judge);
  const n = candidatesPerImage(verifier);
  const pictures = pictureFiles(place.store.workspace.root);
  const shards = shardsOf(images, Math.max(1, Math.floor(shardImages / n)));
  return runStage(place, {
    name: params.name,
    inputs: inputsOf(params),
    shards: shards.length,
    reads: function* (missing) {
      for (const index of missing) yield* knownCandidates(place.store, shards[index] ?? [], params);
    },
    unit: "images",
    unitsOf: (index) => (shards[index]?.length ?? 0) * n,
    distributable: distributable({
      checkpoint: params.source.checkpoint,
      judge: params.judge?.identity ?? null,
      order: (index) => evaluationOrder(place.store, shards[index] ?? [], params),
      compute: (order, onDone, journal) => {
        const source = journaledSource(params.source, journal);
        return computeEvaluation(order, { ...params, pictures, source }, onDone);
      },
      record: (writer, { candidates, data }) => {
        writer.candidates(candidates);
        writer.verdicts(data.verdicts);
        writer.evaluation(evaluationRow(params));
        writer.evaluationItems(data.items);
        writer.searches(data.searches);
      },
    }),
    summary: async (stage) => ({
      ...summaryOf(place, stage),
      ...(params.leaks ? { leaks: params.leaks.map(leakNote) } : {}),
      ...(await trainingImages(place, stage, params)),
    }),
  });
}

/** How many of the images the checkpoint was trained on, or on some that look the same; nothing for one without training. */
async function trainingImages(
  { store }: StagePlace,
  stage: StageRow,
  { trainedOn, image, files }: EvaluationParams,
): Promise<{ trainingImages?: ImageOverlap }> {
  if (trainedOn === undefined) return {};
  const pictures = pictureFiles(store.workspace.root);
  const shown = async function* (): AsyncGenerator<SetImage> {
    const evaluated = [...store.evaluations.items(stage.id)];
    const located = evaluated.flatMap(({ candidateId }) => store.candidates.find(candidateId) ?? []);
    const stored = await files.readMany(located.filter(({ picture }) => picture === undefined));
    for (const { id, picture } of located) {
      if (picture !== undefined) {
        yield { pixels: await pictures.image(picture).pixels() };
        continue;
      }
      const { tokens } = stored.get(id) as { tokens: Uint16Array };
      yield { tokens, pixels: await image(tokens).pixels() };
    }
  };
  return { trainingImages: await imageOverlap(shown(), trainedOn()) };
}

function inputsOf({
  label,
  images,
  verifier,
  source,
  judge,
  detector,
  seed,
  purpose,
  shardImages,
}: EvaluationParams) {
  const { checkpoint, settings } = source;
  const identities = { judge: judge?.identity ?? null, detector: detector.identity };
  const imageSet = imageSetHash(images);
  return { label, imageSet, verifier, checkpoint, settings, ...identities, seed, purpose, shardImages };
}

function evaluationRow(params: EvaluationParams) {
  const { label, verifier, source, judge, detector, images } = params;
  return {
    checkpoint: source.checkpoint,
    label,
    selection: verifierSlug(verifier),
    detector: detector.identity,
    judge: judge?.identity ?? null,
    promptSetHash: imageSetHash(images),
    settings: { ...source.settings },
  };
}

function refuseUncheckable(images: readonly EvaluationImage[]): void {
  const bare = images.map(({ prompt }) => prompt).find((prompt: Prompt) => prompt.metadata === undefined);
  if (bare === undefined) return;
  throw new PromptError(
    `Prompt "${bare.text}" cannot be evaluated: expected GenEval metadata that says what the image must show, got ` +
      "plain text. Give evaluation prompts as GenEval JSONL.",
  );
}

function summaryOf({ store }: StagePlace, stage: StageRow) {
  const tasks = new Map<string, { correct: number; images: number }>();
  for (const { tag, correct } of store.evaluations.items(stage.id)) {
    const task = tasks.get(tag ?? "") ?? { correct: 0, images: 0 };
    tasks.set(tag ?? "", { correct: task.correct + Number(correct), images: task.images + 1 });
  }
  const scores = [...tasks].map(([tag, { correct, images }]) => [tag, correct / images] as const);
  const images = [...tasks.values()].reduce((sum, task) => sum + task.images, 0);
  // GenEval's headline number: the unweighted mean over tasks.
  const overall = scores.reduce((sum, [, score]) => sum + score, 0) / scores.length;
  // Seconds stay in the ledger: equal work has equal summaries.
  const { nfe, judgeCalls, failedVerdicts } = store.searches.costs(stage.id);
  return { overall, tasks: Object.fromEntries(scores), images, nfe, judgeCalls, failedVerdicts };
}
