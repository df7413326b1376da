import { batchesOf } from "../../records/batches-of.js";
import type { ImageHandle } from "../../records/image.js";
import type { Prompt } from "../../records/prompt.js";
import type { ComparisonItem, Judge } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { askedTwice } from "../asking/both-orders.js";
import { type ImageStatistics, imageStatistics } from "./image-statistics.js";

/** Two pictures of a prompt, and what people said of them: 1 where the first is better, 0 where the second is, 0.5 for a tie. */
export interface LabelledPair {
  readonly prompt: Prompt;
  readonly first: ImageHandle;
  readonly second: ImageHandle;
  readonly label: number;
  /** "pairs.parquet, row 3". */
  readonly where: string;
}

/** What a judge made of a pair. Pictures are left behind: only numbers are kept. */
export interface JudgedPair {
  readonly promptId: string;
  readonly words: number;
  readonly label: number;
  readonly where: string;
  /** How sure the judge is of the first, 0..1; over both orders where it compares. Undefined where it failed. */
  readonly first: number | undefined;
  readonly reason?: string;
  /** As it was asked, in either order: how sure of whichever was shown first. Absent where pictures are scored alone. */
  readonly shownFirst?: readonly [straight: number, turned: number];
  /** Scores of the two, where they are scored alone. */
  readonly scores?: readonly [first: number, second: number];
  /** Of the first less those of the second. */
  readonly difference: ImageStatistics;
}

/** Nearer to a half than this, the judge calls a tie. */
const TIE = 0.005;

export function isTie(first: number): boolean {
  return Math.abs(first - 0.5) < TIE;
}

/** Pairs asked about together. */
const CHUNK = 64;

/** Asks a judge about labelled pairs, chunk by chunk. */
export async function* judgedPairs(
  judge: Judge,
  pairs: AsyncIterable<LabelledPair>,
): AsyncGenerator<readonly [JudgedPair, LabelledPair]> {
  for await (const chunk of batchesOf(pairs, CHUNK)) yield* await judged(judge, chunk);
}

async function judged(judge: Judge, pairs: readonly LabelledPair[]): Promise<[JudgedPair, LabelledPair][]> {
  const said = judge.isRelative ? await compared(judge, pairs) : await scored(judge, pairs);
  return Promise.all(
    pairs.map(async (pair, index): Promise<[JudgedPair, LabelledPair]> => {
      const { prompt, label, where } = pair;
      const difference = await differenceOf(pair);
      const words = prompt.text.split(/\s+/).length;
      return [{ promptId: prompt.id, words, label, where, difference, ...(said[index] as Said) }, pair];
    }),
  );
}

type Said = Pick<JudgedPair, "first" | "reason" | "shownFirst" | "scores">;

async function compared(judge: Judge, pairs: readonly LabelledPair[]): Promise<Said[]> {
  const compare = async (items: readonly ComparisonItem[]) => (await judge.compare?.(items)) ?? [];
  const answers = await askedTwice(compare, pairs);
  return answers.map(([one, other]) => {
    if (one.kind === "failed") return { first: undefined, reason: one.reason };
    if (other.kind === "failed") return { first: undefined, reason: other.reason };
    return { first: (one.first + 1 - other.first) / 2, shownFirst: [one.first, other.first] };
  });
}

/** P(first is better) by the odds of the two scores. */
async function scored(judge: Judge, pairs: readonly LabelledPair[]): Promise<Said[]> {
  const items = pairs.flatMap(({ prompt, first, second }) =>
    [first, second].map((image) => ({ prompt, image })),
  );
  const verdicts = await judge.ask("outcome", items);
  return pairs.map((_, index) => {
    const [one, other] = verdicts.slice(2 * index, 2 * index + 2) as [Verdict, Verdict];
    if (one.kind !== "scored" || other.kind !== "scored") {
      const failed = one.kind === "scored" ? other : one;
      return { first: undefined, reason: failed.kind === "failed" ? failed.reason : "not ready" };
    }
    const odds = logit(one.score) - logit(other.score);
    return { first: 1 / (1 + Math.exp(-odds)), scores: [one.score, other.score] };
  });
}

function logit(score: number): number {
  const inside = Math.min(1 - 1e-6, Math.max(1e-6, score));
  return Math.log(inside / (1 - inside));
}

async function differenceOf({ first, second }: LabelledPair): Promise<ImageStatistics> {
  const [one, other] = await Promise.all(
    [first, second].map(async (image) => imageStatistics(await image.pixels())),
  );
  const less = (key: keyof ImageStatistics) =>
    (one as ImageStatistics)[key] - (other as ImageStatistics)[key];
  return {
    brightness: less("brightness"),
    saturation: less("saturation"),
    contrast: less("contrast"),
    size: less("size"),
  };
}
