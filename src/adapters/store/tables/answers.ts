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
  /**
   * Keeps an answer; what earlier tries took is added up. It is kept once the promise is fulfilled: answers that come in one turn of the
   * event loop share a transaction.
   */
  keep(answer: NewAnswer): Promise<void>;
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
  const write = (answers: readonly NewAnswer[]) => {
    ledger.write(() => {
      for (const { answer, reason, ...rest } of answers) {
        const said = { answer: reason === undefined ? JSON.stringify(answer) : null, reason: reason ?? null };
        kept().run({ ...rest, ...said, now: ledger.now() });
      }
    });
  };
  return {
    find: (judge, key) => {
      const text = found().get(judge, key) as string | undefined;
      return text === undefined ? undefined : JSON.parse(text);
    },
    keep: together(write),
    spent: (judge) => summed().get(judge) as ReturnType<AnswerStore["spent"]>,
  };
}

/** Items of one turn of the event loop go to `work` at once; what it throws, all of them are told. */
function together<Item>(work: (items: readonly Item[]) => void): (item: Item) => Promise<void> {
  let turn: { readonly items: Item[]; readonly done: Promise<void> } | undefined;
  return (item) => {
    if (turn === undefined) {
      const items: Item[] = [];
      const done = new Promise<void>((resolve, reject) => {
        setImmediate(() => {
          turn = undefined;
          try {
            resolve(work(items));
          } catch (error) {
            reject(error);
          }
        });
      });
      turn = { items, done };
    }
    turn.items.push(item);
    return turn.done;
  };
}

function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
