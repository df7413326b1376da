import type { HttpJudgeConfig } from "../../config/schema/judges.js";
import type { Choice, Failure, Talk, Talker, Written } from "../asking/talker.js";
import type { Called, Caller } from "../calling/caller.js";
import { keyOf, type Outcome, type Remembered } from "../calling/remembered.js";
import { type AnswerLimits, chatBody } from "./chat-body.js";
import { optionOf, readChoice, readText } from "./read-answer.js";

/** A template may begin an answer with blanks; more than the first word is not needed. */
const FIRST_WORDS = 4;
/** Enough for a word and what stands around it. */
const SHORT = 16;

const NUMBER =
  "\nDo not answer with a word, but with the probability in percent, from 0 to 100, that your answer is the first of: {options}. " +
  "Write the number and nothing else.";

/** A model behind an address that speaks chat completions. */
export class HttpTalker implements Talker {
  readonly identity: string;
  readonly #config: HttpJudgeConfig;
  readonly #caller: Caller;
  readonly #remembered: Remembered;
  /** Known from the first answer on, for which all others wait: a call without logprobs is wasted. */
  #hasLogprobs: boolean | undefined;
  #finding: Promise<unknown> | undefined;

  constructor(identity: string, config: HttpJudgeConfig, parts: { caller: Caller; remembered: Remembered }) {
    this.identity = identity;
    this.#config = config;
    this.#caller = parts.caller;
    this.#remembered = parts.remembered;
  }

  async choose(talk: Talk, options: readonly (readonly string[])[]): Promise<Choice> {
    const { read, fallback } = this.#config;
    if (read !== "logprobs") return this.#without(read, talk, options);
    while (this.#hasLogprobs === undefined && this.#finding !== undefined) await this.#finding;
    if (this.#hasLogprobs !== false) {
      const chosen = await this.#found(this.#byLogprobs(talk, options));
      if (chosen.kind !== "absent") return chosen;
    }
    if (fallback !== null) return this.#without(fallback, talk, options);
    return {
      kind: "failed",
      reason:
        'the server gives no logprobs: set "fallback" to "samples" or "number", or "read" to one of them',
    };
  }

  async #found<Answer extends { readonly kind: string }>(asked: Promise<Answer>): Promise<Answer> {
    if (this.#hasLogprobs !== undefined) return asked;
    this.#finding = asked
      .catch(() => undefined)
      .finally(() => {
        this.#finding = undefined;
      });
    const answer = await asked;
    if (answer.kind !== "failed") this.#hasLogprobs = answer.kind !== "absent";
    return answer;
  }

  async write(talk: Talk, mostTokens: number): Promise<Written> {
    const key = await keyOf(talk, ["write", mostTokens]);
    return this.#remembered.ask(key, async () =>
      outcome(await this.#answer(talk, { tokens: mostTokens, temperature: 0, logprobs: false }), readText),
    );
  }

  async #byLogprobs(talk: Talk, options: readonly (readonly string[])[]) {
    const { leastMass } = this.#config;
    const key = await keyOf(talk, ["choose", options]);
    return this.#remembered.ask<Exclude<Choice, Failure> | { readonly kind: "absent" }>(key, async () =>
      outcome(await this.#answer(talk, { tokens: FIRST_WORDS, temperature: 0, logprobs: true }), (body) => {
        return readChoice(body, options, leastMass) ?? { kind: "absent" };
      }),
    );
  }

  #without(how: "samples" | "number", talk: Talk, options: readonly (readonly string[])[]): Promise<Choice> {
    return how === "samples" || options.length !== 2
      ? this.#bySamples(talk, options)
      : this.#byNumber(talk, options);
  }

  /** Shares of sampled answers. Failed where most of them are none of the options. */
  async #bySamples(talk: Talk, options: readonly (readonly string[])[]): Promise<Choice> {
    const { samples, temperature } = this.#config;
    const drawn = await Promise.all(
      Array.from({ length: samples }, async (_, seed): Promise<Written> => {
        const key = await keyOf(talk, ["sample", temperature, seed]);
        return this.#remembered.ask(key, async () =>
          outcome(await this.#answer(talk, { tokens: SHORT, temperature, logprobs: false, seed }), readText),
        );
      }),
    );
    const counts = options.map(() => 0);
    const others: string[] = [];
    for (const one of drawn) {
      const meant = one.kind === "written" ? optionOf(one.text, options) : undefined;
      if (meant === undefined)
        others.push(one.kind === "written" ? `"${one.text.trim().slice(0, 60)}"` : one.reason);
      else counts[meant] = (counts[meant] as number) + 1;
    }
    const told = samples - others.length;
    if (told * 2 > samples) return { kind: "chosen", shares: counts.map((count) => count / told) };
    return {
      kind: "failed",
      reason: `${others.length} of ${samples} answers are no ${namesOf(options)}: ${others[0]}`,
    };
  }

  /** The percentage of the first option that the model writes, strictly a number alone. */
  async #byNumber(talk: Talk, options: readonly (readonly string[])[]): Promise<Choice> {
    const last = talk.turns.length - 1;
    const added = NUMBER.replace("{options}", options.map(([first]) => first).join(", "));
    const turns = talk.turns.map((turn, index) => (index === last ? `${turn}${added}` : turn));
    const written = await this.write({ ...talk, turns }, SHORT);
    if (written.kind === "failed") return written;
    const percent = /^\s*(\d{1,3}(?:\.\d+)?)\s*%?\s*$/.exec(written.text)?.[1];
    if (percent === undefined || Number(percent) > 100) {
      return {
        kind: "failed",
        reason: `expected a number from 0 to 100 alone, got "${written.text.slice(0, 60)}"`,
      };
    }
    return { kind: "chosen", shares: [Number(percent) / 100, 1 - Number(percent) / 100] };
  }

  #answer(talk: Talk, limits: AnswerLimits): Promise<Called> {
    return this.#caller.post("/chat/completions", () => chatBody(this.#config, talk, limits));
  }
}

/** A call as it is remembered: what cannot be read of it is a failure, which is asked again another time. */
function outcome<Answer extends { readonly kind: string }>(
  { body, reason, spent }: Called,
  read: (body: unknown) => Answer | Failure,
): Outcome<Exclude<Answer, Failure>> {
  if (reason !== undefined) return { reason, spent };
  const answer = read(body);
  if (answer.kind === "failed") return { reason: (answer as Failure).reason, spent };
  return { answer: answer as Exclude<Answer, Failure>, spent };
}

function namesOf(options: readonly (readonly string[])[]): string {
  return options.map(([first]) => first).join(" or ");
}
