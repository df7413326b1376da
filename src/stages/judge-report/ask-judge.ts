import { join } from "node:path";
import {
  type AnswerRow,
  type JudgeFileRow,
  knownFile,
  readAnswers,
  writeAnswers,
} from "../../adapters/arrow/index.js";
import type { Json, StageRow } from "../../adapters/store/index.js";
import { shardFile } from "../../paths.js";
import type { CaptionPair } from "../../records/caption-pair.js";
import type { GridImage } from "../../records/image.js";
import type { Judge, JudgeItem } from "../../records/seams.js";
import { NOT_ASKED, QUESTIONS, type Question } from "../../records/verdict.js";
import { judgeRows } from "../judge-shard.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { falsehoodQuality } from "./falsehoods.js";
import { type JudgeQuality, judgeQuality } from "./quality.js";

export interface JudgeReportParams {
  /** The stage's; `judge-report` unless given. */
  readonly name?: string;
  /** A finished stage of labelled states; none of its prompts should have been learned from. */
  readonly states: StageRow;
  readonly judge: Judge;
  /** An image from its token grid. */
  readonly image: (tokens: Uint16Array) => GridImage;
  /** Images under true and false captions, where the family can make them. */
  readonly captionPairs?: CaptionPairs | undefined;
  /** Of the bootstrap. */
  readonly seed: number;
}

/** `id` names the very pairs that `open` gives. */
export interface CaptionPairs {
  readonly id: string;
  open(): AsyncIterable<CaptionPair>;
}

/** Asks a judge every question that has a label, one Arrow file of answers a shard, and measures how good the answers are. */
export async function reportJudge(place: StagePlace, params: JudgeReportParams): Promise<StageRow> {
  const { store } = place;
  const { states, judge, image, captionPairs, seed } = params;
  const shards = store.shards.list(states.id);
  return runStage(place, {
    name: params.name ?? "judge-report",
    inputs: {
      states: states.id,
      judge: judge.identity,
      questions: [...judge.questions],
      seed,
      ...(captionPairs ? { captions: captionPairs.id } : {}),
    },
    shards: shards.length,
    reads: () => shards,
    unit: "images",
    unitsOf: (index) => shards[index]?.rows ?? 0,
    shard: async (index, stage, task) => {
      const rows: JudgeFileRow[] = [];
      for await (const row of judgeRows(place, states, index)) rows.push(row);
      const answers = await answersOf(rows, params);
      const file = shardFile(stage, index);
      const written = await writeAnswers(join(store.workspace.root, file), answers);
      store.shards.commit(stage.id, index, { ...written, file });
      task.advance(rows.length);
    },
    summary: async (stage) => {
      const answers: AnswerRow[] = [];
      for await (const answer of storedAnswers(place, stage)) answers.push(answer);
      const isAsked = captionPairs !== undefined && judge.questions.includes("outcome");
      const falsehoods = isAsked ? await falsehoodQuality(captionPairs.open(), judge, image) : [];
      const quality: JudgeQuality = { ...judgeQuality(answers, seed), falsehoods };
      return { judge: judge.identity, states: states.id, ...quality } as unknown as Json;
    },
  });
}

/** The answers of a stage, in order. */
async function* storedAnswers({ store }: StagePlace, stage: StageRow): AsyncGenerator<AnswerRow> {
  for (const { file, sha256 } of store.shards.list(stage.id)) {
    if (file !== null) yield* readAnswers(await knownFile(store.workspace.root, { file, sha256 }));
  }
}

async function answersOf(rows: readonly JudgeFileRow[], params: JudgeReportParams): Promise<AnswerRow[]> {
  const answers: AnswerRow[] = [];
  for (const question of QUESTIONS.filter((one) => params.judge.questions.includes(one))) {
    const labelled = rows.filter((row) => labelOf(row, question) !== NOT_ASKED);
    const verdicts = await params.judge.ask(
      question,
      labelled.map((row) => itemOf(row, params)),
    );
    for (const [index, verdict] of verdicts.entries()) {
      const row = labelled[index] as JudgeFileRow;
      const { promptId, tag, path, step } = row;
      const correct = labelOf(row, question) === 1;
      const scored = verdict.kind === "scored";
      const failure = scored ? "" : verdict.kind === "failed" ? verdict.reason : "not ready";
      const score = scored ? verdict.score : null;
      answers.push({ promptId, tag, path, step, question, correct, score, failure });
    }
  }
  return answers;
}

function labelOf({ answers }: JudgeFileRow, question: Question): number {
  return answers[QUESTIONS.indexOf(question)] ?? NOT_ASKED;
}

function itemOf(row: JudgeFileRow, { image }: JudgeReportParams): JudgeItem {
  const { promptId: id, prompt: text, tokens, settled } = row;
  return { prompt: { id, text }, image: { ...image(tokens), settled } };
}
