import type { EvaluationItem, StageRow, VerdictRow } from "../../adapters/store/index.js";
import { VerifierError } from "../../errors.js";
import { evaluateImage } from "../../geneval/evaluate.js";
import type { Candidate } from "../../records/candidate.js";
import type { Task } from "../../records/progress.js";
import type { PromptMetadata } from "../../records/prompt.js";
import type { Judge } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { bestVerdict } from "../../search/best-verdict.js";
import { candidateSeeds } from "../../search/seeds.js";
import { writeCandidateShard } from "../candidate-shard.js";
import { type Obtained, obtainCandidates, type Wanted } from "../obtain.js";
import type { StagePlace } from "../run-stage.js";
import { hash32 } from "../seeds.js";
import type { EvaluationParams } from "./evaluate-checkpoint.js";
import { candidatesPerImage, type EvaluationImage, imageSetHash } from "./images.js";

interface Shard {
  readonly images: readonly EvaluationImage[];
  readonly index: number;
  readonly stage: StageRow;
  readonly task: Task;
}

/** Obtains, judges, selects, detects and commits the images of one shard. */
export async function evaluateShard(
  place: StagePlace,
  params: EvaluationParams,
  shard: Shard,
): Promise<void> {
  const { store } = place;
  const { source, files } = params;
  const wanted = wantedFor(shard.images, params);
  const obtained = await obtainCandidates({ store, files, source }, wanted, (count) =>
    shard.task.advance(count),
  );
  const verdicts = await judgeAll(place, params, wanted, obtained);
  const chosen = chooseImages(shard.images, params, obtained, verdicts);
  const items = await detectAndCheck(shard.images, params, chosen);
  const fresh = obtained.filter(({ stored }) => !stored).map(({ candidate }) => candidate);
  const prompts = shard.images.map(({ prompt }) => prompt);
  const written = await writeCandidateShard(store.workspace.root, shard, fresh, prompts);
  store.shards.commit(shard.stage.id, shard.index, written, (writer) => {
    writer.candidates(fresh);
    writer.verdicts(verdictRows(params.judge, obtained, verdicts));
    writer.evaluation(evaluationRow(params));
    writer.evaluationItems(items);
  });
}

/** The candidates of every image, image by image: N seeds that follow from run, purpose, prompt and sample. */
function wantedFor(images: readonly EvaluationImage[], params: EvaluationParams): Wanted[] {
  const baseSeed = hash32(params.seed, params.purpose);
  return images.flatMap(({ prompt, sample }) =>
    candidateSeeds(baseSeed, { prompt, attempt: sample }, candidatesPerImage(params.verifier)).map(
      (seed) => ({
        prompt,
        seed,
      }),
    ),
  );
}

/** The judge's outcome verdict on each candidate, from the ledger where it was asked before; none without a judge. */
async function judgeAll(
  { store }: StagePlace,
  { judge, image }: EvaluationParams,
  wanted: readonly Wanted[],
  obtained: readonly Obtained[],
): Promise<readonly Verdict[]> {
  if (judge === null) return [];
  const known = obtained.map(({ candidate }) => store.verdicts.find(verdictKey(judge, candidate))?.verdict);
  const open = obtained.flatMap((_, at) => (known[at] === undefined ? [at] : []));
  const items = open.map((at) => ({
    prompt: (wanted[at] as Wanted).prompt,
    image: image((obtained[at] as Obtained).candidate.tokens),
  }));
  const answers = items.length > 0 ? await judge.ask("outcome", items) : [];
  return known.map((verdict, at) => verdict ?? (answers[open.indexOf(at)] as Verdict));
}

interface Chosen {
  readonly candidate: Candidate;
  readonly verdict: Verdict | undefined;
}

function chooseImages(
  images: readonly EvaluationImage[],
  params: EvaluationParams,
  obtained: readonly Obtained[],
  verdicts: readonly Verdict[],
): Chosen[] {
  const n = candidatesPerImage(params.verifier);
  return images.map(({ prompt }, index) => {
    const group = verdicts.slice(index * n, (index + 1) * n);
    const best = n === 1 ? 0 : bestVerdict(group);
    if (best === undefined) {
      throw new VerifierError(
        `Judge ${params.judge?.identity} scored none of the ${n} candidates of "${prompt.text}", so none can be ` +
          `chosen. Its first verdict: ${JSON.stringify(group[0])}`,
      );
    }
    return { candidate: (obtained[index * n + best] as Obtained).candidate, verdict: group[best] };
  });
}

async function detectAndCheck(
  images: readonly EvaluationImage[],
  { image, detector, verifier }: EvaluationParams,
  chosen: readonly Chosen[],
): Promise<EvaluationItem[]> {
  const pixels = await Promise.all(chosen.map(({ candidate }) => image(candidate.tokens).pixels()));
  const found = await detector.detect(pixels);
  return images.map(({ prompt, sample }, index) => {
    const detections = found[index] ?? [];
    const { candidate, verdict } = chosen[index] as Chosen;
    const { correct, reason } = evaluateImage(detections, prompt.metadata as PromptMetadata);
    // A judge that chose the image cannot give a second opinion on it.
    const heldOutScore = verifier.kind === "none" && verdict?.kind === "scored" ? verdict.score : null;
    return {
      promptId: prompt.id,
      sample,
      candidateId: candidate.id,
      correct,
      reason,
      heldOutScore,
      detections,
    };
  });
}

function verdictRows(
  judge: Judge | null,
  obtained: readonly Obtained[],
  verdicts: readonly Verdict[],
): VerdictRow[] {
  if (judge === null) return [];
  return obtained.map(({ candidate }, at) => ({
    ...verdictKey(judge, candidate),
    verdict: verdicts[at] as Verdict,
  }));
}

function verdictKey(judge: Judge, { id, steps }: Candidate) {
  return { candidateId: id, judge: judge.identity, question: "outcome" as const, step: steps };
}

function evaluationRow(params: EvaluationParams) {
  const { label, verifier, source, judge, detector, images } = params;
  const n = candidatesPerImage(verifier);
  return {
    checkpoint: source.checkpoint,
    label,
    selection: n === 1 ? "plain" : `best-of-${n}`,
    detector: detector.identity,
    judge: judge?.identity ?? null,
    promptSetHash: imageSetHash(images),
    settings: { ...source.settings },
  };
}
