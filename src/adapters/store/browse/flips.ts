import type { Ledger } from "../ledger.js";
import {
  after,
  all,
  anywhere,
  type Condition,
  type Cursor,
  given,
  type PageOf,
  pageOf,
  promptConditions,
} from "./page-of.js";

/** What two evaluations say of one prompt and seed: "lost" was right and is wrong, "won" the other way round. */
export const FLIP_KINDS = ["lost", "won", "both-wrong", "both-right"] as const;
export type FlipKind = (typeof FLIP_KINDS)[number];

export const FLIP_ORDERS = ["prompt", "most-lost", "most-won"] as const;
export type FlipOrder = (typeof FLIP_ORDERS)[number];

export interface FlipFilter {
  /** Stage ids of the two evaluations. */
  readonly from: string;
  readonly to: string;
  readonly kind?: FlipKind | "flips" | undefined;
  /** Task of the prompt; "" for none. */
  readonly task?: string | undefined;
  /** Anywhere in the prompt's text. */
  readonly text?: string | undefined;
  /** Anywhere in why one of the two is wrong. */
  readonly reason?: string | undefined;
}

export interface FlipSide {
  readonly candidateId: string;
  readonly correct: boolean;
  /** Empty when correct. */
  readonly reason: string;
  /** Of the judge that decided, 0..1; null where a detector did. */
  readonly score: number | null;
  /** Of a verifier that nothing was trained by. */
  readonly heldOutScore: number | null;
}

export interface Flip {
  readonly promptId: string;
  readonly prompt: string;
  readonly task: string | null;
  readonly sample: number;
  readonly kind: FlipKind;
  readonly from: FlipSide;
  readonly to: FlipSide;
}

export interface FlipBrowser {
  list(
    filter: FlipFilter,
    page: { readonly order: FlipOrder; readonly limit: number; readonly after?: Cursor | undefined },
  ): PageOf<Flip>;
  /** How many there are of each kind, task by task, of the filter's images. */
  count(filter: FlipFilter): { readonly task: string; readonly kind: FlipKind; readonly images: number }[];
}

export function flipBrowser({ sqlite }: Ledger): FlipBrowser {
  return {
    list: (filter, { order, limit, after: cursor }) => {
      const { keys, direction } = ORDERS[order];
      const from = cursor === undefined ? undefined : after(keys, direction, cursor);
      const { sql, values } = all([...conditions(filter), from]);
      const sorted = keys.map((key) => `${key} ${direction}`).join(", ");
      const rows = sqlite
        .prepare(`SELECT ${COLUMNS} FROM ${TABLES} WHERE ${sql} ORDER BY ${sorted} LIMIT :limit`)
        .all({ ...values, limit: limit + 1 }) as Row[];
      const keyOf = ({ change, promptId, sample }: Row) =>
        order === "prompt" ? [promptId, sample] : [change, promptId, sample];
      const page = pageOf(rows, limit, keyOf);
      return { rows: page.rows.map(flipOf), next: page.next };
    },
    count: (filter) => {
      const { sql, values } = all(conditions(filter));
      return sqlite
        .prepare(`SELECT coalesce(p.tag, '') AS task, ${KIND} AS kind, count(*) AS images FROM ${TABLES}
          WHERE ${sql} GROUP BY 1, 2 ORDER BY 1, 2`)
        .all(values) as ReturnType<FlipBrowser["count"]>;
    },
  };
}

const TABLES = `evaluation_items a JOIN evaluation_items b
  ON b.stage_id = :to AND b.prompt_id = a.prompt_id AND b.sample = a.sample JOIN prompts p ON p.id = a.prompt_id`;
const KIND = `CASE WHEN a.correct THEN CASE WHEN b.correct THEN 'both-right' ELSE 'lost' END
  WHEN b.correct THEN 'won' ELSE 'both-wrong' END`;
/** A judge's score says more than whether it is above a half. */
const CHANGE = "(coalesce(b.score, b.correct) - coalesce(a.score, a.correct))";
const COLUMNS = `a.prompt_id AS promptId, p.text AS prompt, p.tag AS task, a.sample, ${KIND} AS kind, ${CHANGE} AS change,
  a.candidate_id AS fromId, a.correct AS fromCorrect, a.reason AS fromReason, a.score AS fromScore, a.held_out_score AS fromHeldOut,
  b.candidate_id AS toId, b.correct AS toCorrect, b.reason AS toReason, b.score AS toScore, b.held_out_score AS toHeldOut`;

const ORDERS: Readonly<Record<FlipOrder, { keys: readonly string[]; direction: "ASC" | "DESC" }>> = {
  prompt: { keys: ["a.prompt_id", "a.sample"], direction: "ASC" },
  "most-lost": { keys: [CHANGE, "a.prompt_id", "a.sample"], direction: "ASC" },
  "most-won": { keys: [CHANGE, "a.prompt_id", "a.sample"], direction: "DESC" },
};

interface Row {
  readonly promptId: string;
  readonly prompt: string;
  readonly task: string | null;
  readonly sample: number;
  readonly kind: FlipKind;
  readonly change: number;
  readonly fromId: string;
  readonly fromCorrect: number;
  readonly fromReason: string;
  readonly fromScore: number | null;
  readonly fromHeldOut: number | null;
  readonly toId: string;
  readonly toCorrect: number;
  readonly toReason: string;
  readonly toScore: number | null;
  readonly toHeldOut: number | null;
}

function flipOf({ promptId, prompt, task, sample, kind, ...row }: Row): Flip {
  return {
    ...{ promptId, prompt, task, sample, kind },
    from: {
      candidateId: row.fromId,
      correct: row.fromCorrect === 1,
      reason: row.fromReason,
      score: row.fromScore,
      heldOutScore: row.fromHeldOut,
    },
    to: {
      candidateId: row.toId,
      correct: row.toCorrect === 1,
      reason: row.toReason,
      score: row.toScore,
      heldOutScore: row.toHeldOut,
    },
  };
}

function conditions({ from, to, kind, task, text, reason }: FlipFilter): (Condition | undefined)[] {
  return [
    { sql: "a.stage_id = :from", values: { from, to } },
    kind === "flips" ? { sql: "a.correct <> b.correct", values: {} } : given(`${KIND} = :kind`, "kind", kind),
    ...promptConditions({ task, text }),
    given(
      "(a.reason LIKE :reason ESCAPE '\\' OR b.reason LIKE :reason ESCAPE '\\')",
      "reason",
      reason === undefined ? undefined : anywhere(reason),
    ),
  ];
}
