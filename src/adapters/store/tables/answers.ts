import type { Ledger } from "../ledger.js";

/** What calls took. */
export interface Spent {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
}

export const NOTHING_SPENT: Spent = Object.freeze({ calls: 0, inputTokens: 0, outputTokens: 0, cost: 0 });

/** What a judge that is called said to one question; a failed one says why. */
export type NewAnswer = Spent & { readonly judge: string; readonly key: string } & (
    | { readonly answer: unknown; readonly reason?: undefined }
    | { readonly answer?: undefined; readonly reason: string }
  );

export interface AnswerStore {
  /** The answer; undefined where there is none yet, or it failed. */
  find(judge: string, key: string): unknown;
  /** Keeps an answer at once; what earlier tries took is added up. */
  keep(answer: NewAnswer): void;
  /** What all calls of a judge took. */
  spent(judge: string): Spent & { readonly answers: number; readonly failed: number };
}

export function answerStore(ledger: Ledger): AnswerStore {
  const { sqlite } = ledger;
  // Prepared once: they are run for every call.
  const found = once(() =>
    sqlite.prepare("SELECT answer FROM judge_answers WHERE judge = ? AND key = ? AND reason IS NULL").pluck(),
  );
  const kept = once(() =>
    sqlite.prepare(
      "INSERT INTO judge_answers (judge, key, answer, reason, calls, input_tokens, output_tokens, cost, answered_at) " +
        "VALUES (@judge, @key, @answer, @reason, @calls, @inputTokens, @outputTokens, @cost, @now) " +
        "ON CONFLICT (judge, key) DO UPDATE SET answer = excluded.answer, reason = excluded.reason, " +
        "calls = calls + excluded.calls, input_tokens = input_tokens + excluded.input_tokens, " +
        "output_tokens = output_tokens + excluded.output_tokens, cost = cost + excluded.cost, answered_at = excluded.answered_at",
    ),
  );
  const summed = once(() =>
    sqlite.prepare(
      "SELECT count(*) - count(reason) AS answers, count(reason) AS failed, total(calls) AS calls, " +
        "total(input_tokens) AS inputTokens, total(output_tokens) AS outputTokens, total(cost) AS cost " +
        "FROM judge_answers WHERE judge = ?",
    ),
  );
  return {
    find: (judge, key) => {
      const text = found().get(judge, key) as string | undefined;
      return text === undefined ? undefined : JSON.parse(text);
    },
    keep: ({ answer, reason, ...rest }) => {
      const said = { answer: reason === undefined ? JSON.stringify(answer) : null, reason: reason ?? null };
      ledger.write(() => kept().run({ ...rest, ...said, now: ledger.now() }));
    },
    spent: (judge) => summed().get(judge) as ReturnType<AnswerStore["spent"]>,
  };
}

function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
