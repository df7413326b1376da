import type { CandidateStatus } from "../../../records/candidate.js";
import type { MarkDecision } from "../../../records/review.js";
import type { Question } from "../../../records/verdict.js";
import type { Ledger } from "../ledger.js";
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

/** Which score of a candidate is looked at: what a judge said to a question, the last time it was asked. */
export interface ScoreName {
  readonly judge: string;
  readonly question: Question;
}

export interface CandidateFilter {
  readonly stage?: string | undefined;
  readonly prompt?: string | undefined;
  /** Identity of the checkpoint or source. */
  readonly source?: string | undefined;
  /** Anywhere in the prompt's text, capitals set aside. */
  readonly text?: string | undefined;
  /** Task of the prompt; "" for none. */
  readonly task?: string | undefined;
  readonly status?: CandidateStatus | undefined;
  readonly mark?: MarkWanted | undefined;
  /** Only images that are there more than once. */
  readonly repeated?: boolean | undefined;
  readonly score?: ScoreName | undefined;
  /** Of the score, 0..1. */
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

export const CANDIDATE_ORDERS = ["stored", "newest", "lowest", "highest"] as const;
export type CandidateOrder = (typeof CANDIDATE_ORDERS)[number];

export interface BrowsedCandidate {
  readonly id: string;
  readonly promptId: string;
  readonly prompt: string;
  readonly task: string | null;
  readonly source: string;
  readonly seed: number | null;
  readonly status: CandidateStatus;
  /** Whether its image is a picture and no token grid. */
  readonly isPicture: boolean;
  /** Of the score that was asked for; null where it has none. */
  readonly score: number | null;
  readonly decision: MarkDecision | null;
  readonly flagged: boolean;
  readonly noted: boolean;
}

export interface CandidateBrowser {
  list(
    filter: CandidateFilter,
    page: { readonly order: CandidateOrder; readonly limit: number; readonly after?: Cursor | undefined },
  ): PageOf<BrowsedCandidate>;
  count(filter: CandidateFilter): number;
}

export function candidateBrowser({ sqlite }: Ledger): CandidateBrowser {
  return {
    list: (filter, { order, limit, after: cursor }) => {
      const { keys, direction } = ORDERS[order](filter);
      const from = cursor === undefined ? undefined : after(keys, direction, cursor);
      const condition = all([...conditions(filter, order), from]);
      const named = keys.map((key, at) => `${key} AS key${at}`).join(", ");
      const sorted = keys.map((key) => `${key} ${direction}`).join(", ");
      // Sorted are ids and keys alone: all that is shown of a row is read for the rows that are shown.
      const found = `SELECT c.id, ${named} FROM ${tables(filter, order)} WHERE ${condition.sql} ORDER BY ${sorted} LIMIT :limit`;
      const again = keys.map((_, at) => `k.key${at} ${direction}`).join(", ");
      const sql = `SELECT ${COLUMNS}, ${scoreColumn(filter.score)} AS score, k.* FROM (${found}) k
        CROSS JOIN candidates c ON c.id = k.id JOIN prompts p ON p.id = c.prompt_id
        LEFT JOIN ${STANDING_MARK} m ON m.subject = c.id ORDER BY ${again}`;
      const values = { ...condition.values, ...scoreValues(filter.score), limit: limit + 1 };
      const rows = sqlite.prepare(sql).all(values) as (Row & {
        key0: string | number;
        key1: string | number;
      })[];
      const page = pageOf(rows, limit, (row) => (keys.length === 1 ? [row.key0] : [row.key0, row.key1]));
      return { rows: page.rows.map(browsed), next: page.next };
    },
    count: (filter) => {
      const condition = all(conditions(filter, "stored"));
      const sql = `SELECT count(*) FROM ${tables(filter, "stored")} WHERE ${condition.sql}`;
      return sqlite
        .prepare(sql)
        .pluck()
        .get({ ...condition.values, ...(usesScore(filter) ? scoreValues(filter.score) : {}) }) as number;
    },
  };
}

const COLUMNS = `c.id, c.prompt_id AS promptId, p.text AS prompt, p.tag AS task, c.checkpoint AS source, c.seed, c.status,
  c.picture IS NOT NULL AS isPicture, m.decision, coalesce(m.flagged, 0) AS flagged, coalesce(m.note, '') <> '' AS noted`;

interface Row extends Omit<BrowsedCandidate, "isPicture" | "flagged" | "noted"> {
  readonly isPicture: number;
  readonly flagged: number;
  readonly noted: number;
}

function browsed({ isPicture, flagged, noted, ...row }: Row): BrowsedCandidate {
  const { id, promptId, prompt, task, source, seed, status, score, decision } = row;
  const known = { id, promptId, prompt, task, source, seed, status, score, decision };
  return { ...known, isPicture: isPicture === 1, flagged: flagged === 1, noted: noted === 1 };
}

/** Keys that name one row, and the way they are walked. */
const ORDERS: Readonly<
  Record<CandidateOrder, (filter: CandidateFilter) => { keys: readonly string[]; direction: "ASC" | "DESC" }>
> = {
  stored: (filter) => ({ keys: placeOf(filter), direction: "ASC" }),
  newest: (filter) => ({ keys: placeOf(filter), direction: "DESC" }),
  lowest: () => ({ keys: BY_SCORE, direction: "ASC" }),
  highest: () => ({ keys: BY_SCORE, direction: "DESC" }),
};
const BY_SCORE = ["v.score", "c.id"];

/** In a stage by its shards, which is how they are found; else as they were first stored. */
function placeOf(filter: CandidateFilter): readonly string[] {
  return filter.stage === undefined || usesScore(filter) ? ["c.rowid"] : ["r.shard_id", "r.row"];
}

function isByScore(order: CandidateOrder): boolean {
  return order === "lowest" || order === "highest";
}

function usesScore({ least, most }: CandidateFilter): boolean {
  return least !== undefined || most !== undefined;
}

/** Goes through what the order and the filter make shortest: the verdicts of a judge, the rows of a stage, or all. */
function tables(filter: CandidateFilter, order: CandidateOrder): string {
  const { stage } = filter;
  const inStage = "candidate_rows r JOIN candidates c ON c.id = r.candidate_id";
  const scored = isByScore(order) || usesScore(filter);
  const source = scored
    ? "verdicts v CROSS JOIN candidates c ON c.id = v.candidate_id"
    : stage === undefined
      ? "candidates c"
      : inStage;
  const { text, task, mark } = filter;
  // CROSS JOIN keeps SQLite from going through all prompts first.
  const join = scored ? "CROSS JOIN" : "JOIN";
  const prompted = text === undefined && task === undefined ? "" : ` ${join} prompts p ON p.id = c.prompt_id`;
  const marked = mark === undefined ? "" : ` LEFT JOIN ${STANDING_MARK} m ON m.subject = c.id`;
  return `${source}${prompted}${marked}`;
}

function conditions(filter: CandidateFilter, order: CandidateOrder): (Condition | undefined)[] {
  const { stage, prompt, source, status, mark, repeated, score, least, most } = filter;
  const scored = isByScore(order) || usesScore(filter);
  const shards = "SELECT id FROM shards WHERE stage_id = :stage";
  return [
    scored ? { sql: LAST_SCORE, values: scoreValues(score) } : undefined,
    given(
      scored
        ? `EXISTS (SELECT 1 FROM candidate_rows r WHERE r.candidate_id = c.id AND r.shard_id IN (${shards}))`
        : `r.shard_id IN (${shards})`,
      "stage",
      stage,
    ),
    given("c.prompt_id = :prompt", "prompt", prompt),
    given("c.checkpoint = :source", "source", source),
    ...promptConditions(filter),
    given("c.status = :status", "status", status),
    markCondition(mark),
    repeated === true ? { sql: REPEATED, values: {} } : undefined,
    given("v.score >= :least", "least", least),
    given("v.score <= :most", "most", most),
  ];
}

const REPEATED = "EXISTS (SELECT 1 FROM candidates o WHERE o.grid = c.grid AND o.id <> c.id)";

/** Of the verdicts of a judge on a question the last one of each candidate, where it is a score. */
const LAST_SCORE = `v.judge = :judge AND v.question = :question AND v.kind = 'scored' AND NOT EXISTS (
  SELECT 1 FROM verdicts l WHERE l.candidate_id = v.candidate_id AND l.judge = v.judge
  AND l.question = v.question AND l.step > v.step)`;

function scoreColumn(score: ScoreName | undefined): string {
  return score === undefined
    ? "NULL"
    : `(SELECT s.score FROM verdicts s WHERE s.candidate_id = c.id AND s.judge = :judge AND s.question = :question
        ORDER BY s.step DESC LIMIT 1)`;
}

function scoreValues(score: ScoreName | undefined): Condition["values"] {
  return score === undefined ? {} : { judge: score.judge, question: score.question };
}
