import { createHash } from "node:crypto";
import type {
  EvaluationItem,
  LocatedPicture,
  StageRow,
  Store,
  VerdictRow,
} from "../../adapters/store/index.js";
import { ConfigError, PromptError, StoreError } from "../../errors.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { Prompt } from "../../records/prompt.js";
import type { Judge } from "../../records/seams.js";
import { chunkStream } from "../chunk-stream.js";
import { refuseTooManyFailures } from "../failed-verdicts.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { knownVerdicts, withKnownVerdicts } from "../sampling/known-verdicts.js";

export interface PictureEvaluationParams {
  /** Who drew the pictures: a checkpoint of kind "outside". */
  readonly source: { readonly id: string; readonly name: string };
  /** Who decides: a judge that reads pictures, or a detector with GenEval's rules. */
  readonly judge: Judge;
  /** How tables name it. */
  readonly label: string;
  /** Ids of the prompts that are looked at; null takes all that it drew. */
  readonly prompts: ReadonlySet<string> | null;
  /** Largest share of the verdicts that may fail, 0..1. */
  readonly failedVerdicts: number;
  readonly shardImages: number;
}

/** How its rows are chosen, as tables name it: pictures are as they were brought. */
export const BROUGHT = "pictures";
/** P(yes) from which a picture counts as right. */
const RIGHT_FROM = 0.5;

/**
 * Scores the pictures of a source that are in the workspace, prompt by prompt in the order of their seeds. A verdict that failed is counted and is no
 * item. Throws StoreError without a picture, ConfigError where the judge answers no outcome, VerifierError once too many verdicts fail.
 */
export async function evaluatePictures(
  place: StagePlace,
  params: PictureEvaluationParams,
): Promise<StageRow> {
  const { store } = place;
  const { judge, source, label, shardImages: size } = params;
  if (!judge.questions.includes("outcome"))
    throw new ConfigError(
      `Judge ${judge.identity} does not answer whether a picture shows its prompt. Name another with --judge.`,
    );
  const { count, hash } = counted(store, params);
  const turns = chunkStream(asStream(picturesOf(store, params)), size);
  return runStage(place, {
    name: `evaluation-${BROUGHT}`,
    inputs: { label, checkpoint: source.id, judge: judge.identity, pictures: hash, shardImages: size },
    shards: Math.ceil(count / size),
    reads: () => [],
    unit: "pictures",
    unitsOf: (index) => Math.min(size, count - index * size),
    shard: async (index, stage, task) => {
      const group = await turns(index);
      const verdicts = await judged(store, group, judge);
      refuseTooManyFailures(
        verdicts.map(({ verdict }) => verdict),
        { allowed: params.failedVerdicts, judge: judge.identity, what: "pictures" },
      );
      const items = group.flatMap((one, at) => itemOf(one, verdicts[at] as VerdictRow));
      store.shards.commit(stage.id, index, { rows: items.length }, (writer) => {
        writer.verdicts(verdicts);
        writer.evaluation(rowOf(params, hash));
        writer.evaluationItems(items);
      });
      task.advance(group.length);
    },
    summary: (stage) => ({
      ...summaryOf(store, stage),
      failedVerdicts: count - store.shards.progress(stage.id).rows,
    }),
  });
}

interface SourcePicture {
  readonly prompt: Prompt;
  readonly picture: LocatedPicture;
  /** From 0 within the prompt. */
  readonly sample: number;
}

function* picturesOf(store: Store, { source, prompts }: PictureEvaluationParams): Generator<SourcePicture> {
  let prompt: Prompt | undefined;
  let sample = 0;
  for (const picture of store.candidates.ofSource(source.id)) {
    if (prompts !== null && !prompts.has(picture.promptId)) continue;
    if (prompt?.id !== picture.promptId) {
      prompt = store.prompts.find(picture.promptId) as Prompt;
      sample = 0;
    }
    yield { prompt, picture, sample: sample++ };
  }
}

async function* asStream<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

/** How many there are, and a hash of them: another picture makes another evaluation. */
function counted(store: Store, params: PictureEvaluationParams): { count: number; hash: string } {
  const hash = createHash("sha256");
  const byRules = params.judge.identity.startsWith("geneval:");
  let count = 0;
  for (const { prompt, picture } of picturesOf(store, params)) {
    if (byRules && prompt.metadata === undefined) throw unstructured(prompt);
    hash.update(`${picture.id}\n`);
    count += 1;
  }
  if (count > 0) return { count, hash: hash.digest("hex") };
  throw new StoreError(
    `Expected pictures of ${params.source.name}${params.prompts === null ? "" : " for the prompts named"}, got none. ` +
      "Import some (espalier import-images), or name other prompts.",
  );
}

function unstructured({ text }: Prompt): PromptError {
  return new PromptError(
    `Prompt "${text.slice(0, 120)}" cannot be checked by a detector: expected GenEval metadata that says what the picture must show, got plain text. ` +
      "Name a judge instead, with --judge.",
  );
}

function judged(store: Store, group: readonly SourcePicture[], judge: Judge): Promise<VerdictRow[]> {
  const files = pictureFiles(store.workspace.root);
  const prompts = new Map(group.map(({ prompt }) => [prompt.id, prompt]));
  const items = group.map(({ picture }) => picture);
  const known = judge.isRelative ? [] : knownVerdicts(store, judge, items);
  return withKnownVerdicts(judge, { items, known }, (open) =>
    judge.ask(
      "outcome",
      open.map(({ promptId, picture }) => ({
        prompt: prompts.get(promptId) as Prompt,
        image: files.image(picture),
      })),
    ),
  );
}

function itemOf({ prompt, picture, sample }: SourcePicture, { verdict }: VerdictRow): EvaluationItem[] {
  if (verdict.kind !== "scored") return [];
  const { score, reasons = [] } = verdict;
  const correct = score >= RIGHT_FROM;
  const said = reasons.length > 0 ? reasons.join("; ") : `the judge says ${score.toFixed(2)}`;
  return [
    {
      ...{ promptId: prompt.id, sample, candidateId: picture.id, correct, score },
      reason: correct ? "" : said,
      heldOutScore: null,
      detections: [],
    },
  ];
}

function rowOf({ source, judge, label }: PictureEvaluationParams, hash: string) {
  const checkpoint = source.id;
  return {
    checkpoint,
    label,
    selection: BROUGHT,
    detector: judge.identity,
    judge: null,
    promptSetHash: hash,
    settings: {},
  };
}

function summaryOf(store: Store, stage: StageRow) {
  let [images, right, sum] = [0, 0, 0];
  for (const { correct, score } of store.evaluations.items(stage.id)) {
    images += 1;
    right += Number(correct);
    sum += score ?? 0;
  }
  return { overall: sum / images, right: right / images, images };
}
