import { createHash } from "node:crypto";
import type { AnswerStore, Spent } from "../../adapters/store/index.js";
import { shownImage } from "../asking/shown-image.js";
import type { Failure, Talk } from "../asking/talker.js";

/** Where answers are kept. */
export type Answers = Pick<AnswerStore, "find" | "keep" | "spent">;

/** What a call came to, and what it took. */
export type Outcome<Answer> = { readonly spent: Spent } & (
  | { readonly answer: Answer; readonly reason?: undefined }
  | { readonly answer?: undefined; readonly reason: string }
);

/** Answers of one judge: what is known is not asked again, and what is asked is kept before anybody uses it. */
export class Remembered {
  readonly #answers: Answers;
  readonly #judge: string;
  /** What is under way: two who ask the same at once share one call. */
  readonly #underWay = new Map<string, Promise<unknown>>();

  constructor(answers: Answers, judge: string) {
    this.#answers = answers;
    this.#judge = judge;
  }

  async ask<Answer extends object>(
    key: string,
    call: () => Promise<Outcome<Answer>>,
  ): Promise<Answer | Failure> {
    const known = this.#answers.find(this.#judge, key) as Answer | undefined;
    if (known !== undefined) return known;
    const begun = this.#underWay.get(key) as Promise<Answer | Failure> | undefined;
    if (begun !== undefined) return begun;
    const asked = this.#called(key, call).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asked);
    return asked;
  }

  async #called<Answer extends object>(
    key: string,
    call: () => Promise<Outcome<Answer>>,
  ): Promise<Answer | Failure> {
    const { spent, answer, reason } = await call();
    const head = { judge: this.#judge, key, ...spent };
    if (answer === undefined) await this.#answers.keep({ ...head, reason: reason as string });
    else await this.#answers.keep({ ...head, answer });
    return answer ?? { kind: "failed", reason: reason as string };
  }
}

/** Under what an answer is kept: the words, the pictures by what they are, and what was to be answered. */
export async function keyOf({ turns, images }: Talk, asked: unknown): Promise<string> {
  const seen = await Promise.all(
    images.map(async ({ place, image }) => [place, (await shownImage(image)).sha256]),
  );
  return hashed([turns, seen, asked]);
}

export function hashed(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
}
