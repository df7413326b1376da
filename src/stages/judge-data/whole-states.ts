import type { CandidateFiles, JudgeFileRow } from "../../adapters/arrow/index.js";
import type { Json, LocatedCandidate, StageRow, Store } from "../../adapters/store/index.js";
import type { Prompt, WordIds } from "../../records/prompt.js";
import { QUESTIONS, type Question } from "../../records/verdict.js";
import { judgeRows, writeJudgeShard } from "../judge-shard.js";
import { labelOf, type Thresholds } from "../label-of.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { gridOf } from "../sampling/path-of.js";
import { answersOf, NO_REASONS } from "./label-trajectory.js";

/** A stored image that somebody has called right or wrong. */
export interface LabelledImage {
  readonly candidate: LocatedCandidate;
  readonly prompt: Prompt;
  readonly right: boolean;
}

/** Labelled images in shards, and what decides which they are and how they are labelled. */
export interface LabelledImages {
  readonly inputs: Json;
  readonly shards: number;
  images(index: number): readonly LabelledImage[];
  unitsOf(index: number): number;
}

export interface WholeStatesParams {
  /** `judge-states` of training prompts, `judge-states-held-out` of held-out ones. */
  readonly name: string;
  readonly labelled: LabelledImages;
  /** What the label of a finished image answers. */
  readonly questions: readonly Question[];
  readonly files: CandidateFiles;
  readonly encodePrompt: (text: string) => WordIds | Promise<WordIds>;
}

/** Writes stored images with their labels as what judges learn from and are measured on, one Arrow file a shard. */
export async function writeWholeStates(place: StagePlace, params: WholeStatesParams): Promise<StageRow> {
  const { name, labelled, questions } = params;
  return runStage(place, {
    name,
    inputs: { ...labelled.inputs, questions: [...questions] },
    shards: labelled.shards,
    reads: function* (missing) {
      for (const index of missing) for (const { candidate } of labelled.images(index)) yield candidate;
    },
    unit: "images",
    unitsOf: (index) => labelled.unitsOf(index),
    shard: async (index, stage, task) => {
      const rows = await rowsOf(labelled.images(index), params);
      await writeJudgeShard(place, { stage, index }, rows);
      task.advance(labelled.unitsOf(index));
    },
    summary: async (stage) => {
      const column = QUESTIONS.indexOf("outcome");
      let [images, right] = [0, 0];
      for await (const { answers } of judgeRows(place, stage)) {
        images += 1;
        right += answers[column] === 1 ? 1 : 0;
      }
      return { images, right };
    },
  });
}

async function rowsOf(
  images: readonly LabelledImage[],
  { questions, files, encodePrompt }: WholeStatesParams,
): Promise<JudgeFileRow[]> {
  const found = await files.readMany(images.map(({ candidate }) => candidate));
  const words = new Map<string, WordIds>();
  for (const { prompt } of images) {
    if (!words.has(prompt.id)) words.set(prompt.id, await encodePrompt(prompt.text));
  }
  return images.map(({ candidate, prompt, right }) => {
    const tokens = found.get(candidate.id)?.tokens;
    if (tokens === undefined) throw new Error(`Candidate ${candidate.id} was labelled but is not stored.`);
    return {
      ...{ promptId: prompt.id, prompt: prompt.text, tag: prompt.metadata?.tag ?? "" },
      text: words.get(prompt.id) as WordIds,
      ...{ path: candidate.id, step: candidate.steps, steps: gridOf(candidate, NEED).settings.steps },
      ...{ tokens, settled: new Uint8Array(tokens.length).fill(1), ...NO_REASONS },
      answers: answersOf(Object.fromEntries(questions.map((question) => [question, right]))),
    };
  });
}

const NEED = "because judges that are trained here read token grids";

/** The candidates of a stage by a judge's verdicts on their outcome; those without a clear one are left out. */
export function labelledByJudge(
  store: Store,
  candidates: StageRow,
  { judge, thresholds }: { readonly judge: string; readonly thresholds: Thresholds },
): LabelledImages {
  const shards = store.shards.list(candidates.id);
  return {
    inputs: { candidates: candidates.id, judge, thresholds },
    shards: shards.length,
    unitsOf: (index) => shards[index]?.rows ?? 0,
    images: (index) =>
      [...store.candidates.ofShard(candidates.id, index)].flatMap((candidate) => {
        const { id, steps, prompt } = candidate;
        const key = { candidateId: id, judge, question: "outcome", step: steps } as const;
        const verdict = store.verdicts.find(key)?.verdict;
        const label = verdict?.kind === "scored" ? labelOf(verdict.score, thresholds) : undefined;
        return label === undefined ? [] : [{ candidate, prompt, right: label === "yes" }];
      }),
  };
}
