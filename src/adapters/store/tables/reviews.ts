import { and, asc, count, desc, eq, getTableColumns, ne, type SQL, sql } from "drizzle-orm";
import { StoreError } from "../../../errors.js";
import type { Review, ReviewAnswer, ReviewOrder } from "../../../records/review.js";
import { type Ledger, stream } from "../ledger.js";
import type { ReviewedPair } from "../rows.js";
import { pairs, reviews, shards } from "../schema.js";
import type { ReviewStore } from "../store.js";

const PAIR = { ...getTableColumns(pairs), file: shards.file, sha256: shards.sha256 } as const;
const REVIEWED = {
  ...PAIR,
  reviewer: reviews.reviewer,
  leftId: reviews.leftId,
  rightId: reviews.rightId,
  answer: reviews.answer,
} as const;

/** An answer that was not taken back. */
const STANDS: SQL = sql`(${reviews.answer} <> 'undo' AND NOT EXISTS (
  SELECT 1 FROM "reviews" "taking_back" WHERE "taking_back"."undoes" = ${reviews.id}))`;
/** An answer on the pair's two images, whichever of them was shown left. */
const ON_IMAGES: SQL = sql`(
  (${reviews.leftId} = ${pairs.chosenId} AND ${reviews.rightId} = ${pairs.rejectedId}) OR
  (${reviews.leftId} = ${pairs.rejectedId} AND ${reviews.rightId} = ${pairs.chosenId}))`;

/** Where the judge is least sure: smallest margin, then the score nearest to an even chance. */
const ORDERS: Readonly<Record<ReviewOrder, readonly SQL[]>> = {
  "least-sure": [
    sql`abs(${pairs.margin})`,
    sql`min(abs(${pairs.chosenScore} - 0.5), abs(${pairs.rejectedScore} - 0.5))`,
    sql`${pairs.id}`,
  ],
  // Ids are hashes.
  random: [sql`${pairs.id}`],
};

export function reviewStore(ledger: Ledger): ReviewStore {
  const { orm } = ledger;
  return {
    answer: (review) =>
      ledger.write(() => {
        refuseSecond(ledger, review);
        return orm
          .insert(reviews)
          .values({ ...review, saidAt: ledger.now() })
          .returning()
          .get();
      }),
    undo: (stageId, reviewer) => ledger.write(() => takeBack(ledger, stageId, reviewer)),
    lastId: (stageId, reviewer) => {
      const fields = { id: sql<number | null>`max(${reviews.id})` };
      return orm.select(fields).from(reviews).where(ofReviewer(stageId, reviewer)).get()?.id ?? 0;
    },
    waiting: (stageId, reviewer, order, limit) => {
      const isAnswered = sql`SELECT 1 FROM ${reviews} WHERE ${eq(reviews.reviewer, reviewer)} AND ${ON_IMAGES} AND ${STANDS}`;
      return orm
        .select(PAIR)
        .from(pairs)
        .innerJoin(shards, eq(shards.id, pairs.shardId))
        .where(and(eq(shards.stageId, stageId), sql`NOT EXISTS (${isAnswered})`))
        .orderBy(...ORDERS[order])
        .limit(limit)
        .all();
    },
    answered: (stageId, reviewer) => {
      const query = orm
        .select({ rows: count() })
        .from(pairs)
        .innerJoin(shards, eq(shards.id, pairs.shardId))
        .innerJoin(reviews, ON_IMAGES)
        .where(and(eq(shards.stageId, stageId), eq(reviews.reviewer, reviewer), STANDS));
      return query.get()?.rows ?? 0;
    },
    reviewed: (stageId, shardIndex) => grouped(ledger, stageId, shardIndex),
  };
}

function ofReviewer(stageId: string, reviewer: string) {
  return and(eq(reviews.stageId, stageId), eq(reviews.reviewer, reviewer));
}

/** Takes back the last standing answer of a person, by a row of its own. */
function takeBack(ledger: Ledger, stageId: string, reviewer: string) {
  const last = ledger.orm
    .select()
    .from(reviews)
    .where(and(ofReviewer(stageId, reviewer), STANDS))
    .orderBy(desc(reviews.id))
    .limit(1)
    .get();
  if (last === undefined) return undefined;
  const { id, leftId, rightId } = last;
  const row = { stageId, reviewer, leftId, rightId, answer: "undo", undoes: id } as const;
  ledger.orm
    .insert(reviews)
    .values({ ...row, saidAt: ledger.now() })
    .run();
  return last;
}

/** One standing answer a person and two images: a second would silently replace the first. */
function refuseSecond({ orm }: Ledger, { reviewer, leftId, rightId }: Review): void {
  const sameImages = sql`((${reviews.leftId} = ${leftId} AND ${reviews.rightId} = ${rightId}) OR
    (${reviews.leftId} = ${rightId} AND ${reviews.rightId} = ${leftId}))`;
  const found = orm
    .select({ id: reviews.id })
    .from(reviews)
    .where(and(eq(reviews.reviewer, reviewer), sameImages, STANDS))
    .get();
  if (found === undefined) return;
  throw new StoreError(
    `${reviewer} has answered on ${leftId} and ${rightId} already: expected one standing answer. Undo it first.`,
  );
}

function* grouped(ledger: Ledger, stageId: string, shardIndex?: number): Generator<ReviewedPair> {
  const query = ledger.orm
    .select(REVIEWED)
    .from(pairs)
    .innerJoin(shards, eq(shards.id, pairs.shardId))
    .innerJoin(reviews, ON_IMAGES)
    .where(
      and(
        eq(shards.stageId, stageId),
        shardIndex === undefined ? undefined : eq(shards.index, shardIndex),
        ne(reviews.answer, "undo"),
        STANDS,
      ),
    )
    .orderBy(asc(shards.index), asc(pairs.row), asc(reviews.id));
  let group: { pair: ReviewedPair["pair"]; reviews: Review[] } | undefined;
  for (const { reviewer, leftId, rightId, answer, ...pair } of stream(ledger, REVIEWED, query)) {
    if (group?.pair.shardId !== pair.shardId || group.pair.row !== pair.row) {
      if (group !== undefined) yield group;
      group = { pair, reviews: [] };
    }
    group.reviews.push({ reviewer, leftId, rightId, answer: answer as ReviewAnswer });
  }
  if (group !== undefined) yield group;
}
