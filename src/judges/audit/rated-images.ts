import { StoreError } from "../../errors.js";
import { batchesOf } from "../../records/batches-of.js";
import { promptId } from "../../records/prompt.js";
import type { Judge, JudgeItem } from "../../records/seams.js";
import { openRows } from "../../stages/exchange/row-source.js";
import { quantile } from "../../statistics/bootstrap.js";
import { randomStream } from "../../statistics/random.js";
import { rankCorrelation } from "../../statistics/rank-correlation.js";
import { encodedImage } from "./label-sets.js";

/**
 * What people rate by, in the order in which a file is looked at: a list of people's ratings as in GenAI-Bench (arXiv 2406.13743), the scores of
 * RichHF-18K (arXiv 2312.10240), or a column of one's own.
 */
export const RATING_COLUMNS = [
  "ratings",
  "overall_score",
  "misalignment_score",
  "aesthetics_score",
  "artifact_score",
  "rating",
  "score",
] as const;

export interface RatedItem extends JudgeItem {
  /** Mean of people's ratings: the higher the better. */
  readonly rating: number;
}

/** The rating column of a file of pictures, prompts and ratings; undefined where it is no such file. Throws StoreError for a column that it lacks. */
export async function ratingColumn(path: string, wanted: string | null): Promise<string | undefined> {
  const { columns, rows } = await openRows(path);
  const first =
    columns === null
      ? await rows(["prompt", "image", ...RATING_COLUMNS, ...(wanted ? [wanted] : [])]).next()
      : undefined;
  const found = columns ?? (first?.done === false ? first.value.columns : []);
  if (wanted !== null && !found.includes(wanted)) {
    throw new StoreError(
      `${path} has no column ${wanted}: it has ${found.join(", ")}. Name one with --rating.`,
    );
  }
  if (!["prompt", "image"].every((column) => found.includes(column))) return undefined;
  return wanted ?? RATING_COLUMNS.find((column) => found.includes(column));
}

/** Streams rated pictures. Throws StoreError at the first row that cannot be read. */
export async function* ratedItems(path: string, column: string): AsyncGenerator<RatedItem> {
  const { rows } = await openRows(path);
  for await (const cells of rows(["prompt", "image", column])) {
    const text = cells.prompt("prompt");
    const ratings = column === "ratings" ? cells.numbers(column) : [cells.number(column)];
    if (ratings.length === 0) cells.refuse(column, "a number, or a list of one at least");
    const rating = ratings.reduce((sum, one) => sum + one, 0) / ratings.length;
    yield { prompt: { id: promptId(text), text }, image: encodedImage(cells.image("image").bytes), rating };
  }
}

export interface RatingReport {
  readonly column: string;
  readonly pictures: number;
  readonly failed: number;
  /** Spearman's rank correlation of scores and ratings, with a 95% interval from resampling prompts; null where neither varies. */
  readonly correlation: { readonly value: number; readonly low: number; readonly high: number } | null;
}

const CHUNK = 64;
const RESAMPLES = 1000;

/** How far a judge's scores order pictures as people's ratings do. */
export async function ratingReport(
  judge: Judge,
  items: AsyncIterable<RatedItem>,
  column: string,
): Promise<RatingReport> {
  const prompts = new Map<string, [score: number, rating: number][]>();
  let [pictures, failed] = [0, 0];
  for await (const chunk of batchesOf(items, CHUNK)) {
    for (const [index, verdict] of (await judge.ask("outcome", chunk)).entries()) {
      const { prompt, rating } = chunk[index] as RatedItem;
      pictures += 1;
      if (verdict.kind !== "scored") failed += 1;
      else prompts.set(prompt.id, [...(prompts.get(prompt.id) ?? []), [verdict.score, rating]]);
    }
  }
  return { column, pictures, failed, correlation: correlated([...prompts.values()]) };
}

function correlated(clusters: readonly (readonly [number, number][])[]): RatingReport["correlation"] {
  const of = (rows: readonly (readonly [number, number])[]) =>
    rankCorrelation(
      rows.map(([score]) => score),
      rows.map(([, rating]) => rating),
    );
  const value = of(clusters.flat());
  if (!Number.isFinite(value)) return null;
  const random = randomStream(0);
  const draw = () =>
    clusters.flatMap(() => clusters[random.below(clusters.length)] as (typeof clusters)[number]);
  const replicates = Float64Array.from({ length: RESAMPLES }, () => of(draw()))
    .filter(Number.isFinite)
    .sort();
  return { value, low: quantile(replicates, 0.025), high: quantile(replicates, 0.975) };
}
