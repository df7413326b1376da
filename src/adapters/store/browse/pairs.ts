import type { MarkDecision } from "../../../records/review.js";
import type { Ledger } from "../ledger.js";
import type { PairRow } from "../rows.js";
import { type MarkWanted, markCondition, STANDING_MARK } from "./mark-condition.js";
import {
  after,
  all,
  type Condition,
  type Cursor,
  given,
  type PageOf,
  pageOf,
  promptConditions,
} from "./page-of.js";

export interface PairFilter {
  readonly stage?: string | undefined;
  readonly prompt?: string | undefined;
  readonly text?: string | undefined;
  /** Task of the prompt; "" for none. */
  readonly task?: string | undefined;
  readonly policy?: string | undefined;
  readonly review?: PairRow["review"] | undefined;
  readonly mark?: MarkWanted | undefined;
  /** Of the margin. */
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

export const PAIR_ORDERS = ["stored", "smallest", "largest"] as const;
export type PairOrder = (typeof PAIR_ORDERS)[number];

export interface BrowsedPair
  extends Pick<
    PairRow,
    | "id"
    | "promptId"
    | "chosenId"
    | "rejectedId"
    | "chosenScore"
    | "rejectedScore"
    | "margin"
    | "policy"
    | "sharedSteps"
    | "review"
  > {
  readonly stage: string;
  readonly prompt: string;
  readonly task: string | null;
  readonly decision: MarkDecision | null;
  readonly flagged: boolean;
  readonly noted: boolean;
}

export interface PairBrowser {
  list(
    filter: PairFilter,
    page: { readonly order: PairOrder; readonly limit: number; readonly after?: Cursor | undefined },
  ): PageOf<BrowsedPair>;
  count(filter: PairFilter): number;
  /** Pairs that a candidate is in, of any set. */
  withCandidate(candidateId: string): BrowsedPair[];
}

export function pairBrowser({ sqlite }: Ledger): PairBrowser {
  const ask = (where: Condition, order: string, limit: number) =>
    sqlite
      .prepare(`SELECT ${COLUMNS} FROM ${TABLES} WHERE ${where.sql} ORDER BY ${order} LIMIT :limit`)
      .all({ ...where.values, limit }) as Row[];
  return {
    list: (filter, { order, limit, after: cursor }) => {
      const { keys, direction } = ORDERS[order];
      const from = cursor === undefined ? undefined : after(keys, direction, cursor);
      const sorted = keys.map((key) => `${key} ${direction}`).join(", ");
      const rows = ask(all([...conditions(filter), from]), sorted, limit + 1);
      const keyOf = ({ shardId, row, margin }: Row) =>
        order === "stored" ? [shardId, row] : [margin, shardId, row];
      const page = pageOf(rows, limit, keyOf);
      return { rows: page.rows.map(browsed), next: page.next };
    },
    count: (filter) => {
      const { sql, values } = all(conditions(filter));
      return sqlite.prepare(`SELECT count(*) FROM ${TABLES} WHERE ${sql}`).pluck().get(values) as number;
    },
    withCandidate: (candidateId) => {
      const { promptId } = (sqlite
        .prepare("SELECT prompt_id AS promptId FROM candidates WHERE id = ?")
        .get(candidateId) ?? { promptId: "" }) as { promptId: string };
      const sql = "a.prompt_id = :prompt AND (a.chosen_id = :candidate OR a.rejected_id = :candidate)";
      const where = { sql, values: { prompt: promptId, candidate: candidateId } };
      return ask(where, "a.shard_id, a.row", MOST_PAIRS).map(browsed);
    },
  };
}

/** Pairs of one candidate that are named. */
const MOST_PAIRS = 100;

const TABLES = `pairs a JOIN shards s ON s.id = a.shard_id JOIN prompts p ON p.id = a.prompt_id
  LEFT JOIN ${STANDING_MARK} m ON m.subject = a.id`;

const COLUMNS = `a.shard_id AS shardId, a.row, a.id, a.prompt_id AS promptId, a.chosen_id AS chosenId,
  a.rejected_id AS rejectedId, a.chosen_score AS chosenScore, a.rejected_score AS rejectedScore, a.margin, a.policy,
  a.shared_steps AS sharedSteps, a.review, s.stage_id AS stage, p.text AS prompt, p.tag AS task, m.decision,
  coalesce(m.flagged, 0) AS flagged, coalesce(m.note, '') <> '' AS noted`;

interface Row extends Omit<BrowsedPair, "flagged" | "noted"> {
  readonly shardId: number;
  readonly row: number;
  readonly flagged: number;
  readonly noted: number;
}

function browsed({ shardId: _shard, row: _row, flagged, noted, ...pair }: Row): BrowsedPair {
  return { ...pair, flagged: flagged === 1, noted: noted === 1 };
}

const ORDERS: Readonly<Record<PairOrder, { keys: readonly string[]; direction: "ASC" | "DESC" }>> = {
  stored: { keys: ["a.shard_id", "a.row"], direction: "ASC" },
  smallest: { keys: ["a.margin", "a.shard_id", "a.row"], direction: "ASC" },
  largest: { keys: ["a.margin", "a.shard_id", "a.row"], direction: "DESC" },
};

function conditions(filter: PairFilter): (Condition | undefined)[] {
  const { stage, prompt, policy, review, mark, least, most } = filter;
  return [
    given("a.shard_id IN (SELECT id FROM shards WHERE stage_id = :stage)", "stage", stage),
    given("a.prompt_id = :prompt", "prompt", prompt),
    ...promptConditions(filter),
    given("a.policy = :policy", "policy", policy),
    given("a.review = :review", "review", review),
    markCondition(mark),
    given("a.margin >= :least", "least", least),
    given("a.margin <= :most", "most", most),
  ];
}
