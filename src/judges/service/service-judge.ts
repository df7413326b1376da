import { z } from "zod";
import { NOTHING_SPENT } from "../../adapters/store/index.js";
import type { ServiceJudgeConfig } from "../../config/schema/judges.js";
import { StoreError } from "../../errors.js";
import type { Judge, JudgeItem } from "../../records/seams.js";
import type { Question, Verdict } from "../../records/verdict.js";
import { type ShownImage, shownImage } from "../asking/shown-image.js";
import type { Failure } from "../asking/talker.js";
import type { Called, Caller } from "../calling/caller.js";
import { type Answers, hashed } from "../calling/remembered.js";
import type { Usage } from "../calling/spending.js";

const answerSchema = z.object({
  scores: z.array(
    z.union([z.number().min(0).max(1), z.object({ error: z.string() }), z.null()], {
      error: "a number from 0 to 1, { error } or null",
    }),
  ),
});
const usageSchema = z.object({
  usage: z.object({ input_tokens: z.number().default(0), output_tokens: z.number().default(0) }),
});

/** What an answer says that it took. */
export function serviceUsage(body: unknown): Usage | undefined {
  const { data } = usageSchema.safeParse(body);
  return data && { inputTokens: data.usage.input_tokens, outputTokens: data.usage.output_tokens };
}

interface Waiting {
  readonly item: JudgeItem;
  readonly image: ShownImage;
  readonly key: string;
}

/** A scoring service: pictures and prompts in one POST, a score of 0..1 for each back. It answers the outcome question. */
export class ServiceJudge implements Judge {
  readonly identity: string;
  readonly questions = ["outcome"] as const;
  readonly batch: number;
  readonly #config: ServiceJudgeConfig;
  readonly #caller: Caller;
  readonly #answers: Answers;

  constructor(identity: string, config: ServiceJudgeConfig, parts: { caller: Caller; answers: Answers }) {
    this.identity = identity;
    this.batch = config.batch * config.concurrency;
    this.#config = config;
    this.#caller = parts.caller;
    this.#answers = parts.answers;
  }

  async ask(question: Question, items: readonly JudgeItem[]): Promise<Verdict[]> {
    const verdicts = new Map<number, Verdict>();
    const open: (Waiting & { readonly at: number })[] = [];
    for (const [at, item] of items.entries()) {
      const found = await this.#known(question, item);
      if ("kind" in found) verdicts.set(at, found);
      else open.push({ ...found, at });
    }
    const chunks = Array.from({ length: Math.ceil(open.length / this.#config.batch) }, (_, index) =>
      open.slice(index * this.#config.batch, (index + 1) * this.#config.batch),
    );
    // All that is under way ends before a fault is told: its answers are kept.
    const ended = await Promise.allSettled(chunks.map((chunk) => this.#scores(question, chunk)));
    for (const [index, one] of ended.entries()) {
      if (one.status === "rejected") throw one.reason;
      for (const [place, { at }] of (chunks[index] ?? []).entries())
        verdicts.set(at, one.value[place] as Verdict);
    }
    return items.map((_, at) => verdicts.get(at) as Verdict);
  }

  spent() {
    return this.#answers.spent(this.identity);
  }

  async close(): Promise<void> {}

  /** The verdict that is known, or what has to be sent. */
  async #known(question: Question, item: JudgeItem): Promise<Verdict | Waiting> {
    try {
      const image = await shownImage(item.image);
      const key = hashed([question, item.prompt.text, image.sha256]);
      const known = this.#answers.find(this.identity, key) as number | undefined;
      return known === undefined ? { item, image, key } : { kind: "scored", score: known };
    } catch (error) {
      if (error instanceof StoreError) return { kind: "failed", reason: error.message };
      throw error;
    }
  }

  async #scores(question: Question, chunk: readonly Waiting[]): Promise<Verdict[]> {
    const called = await this.#caller.post("", () => this.#body(question, chunk));
    const verdicts = read(called, chunk.length);
    // One call serves all of them: its cost is told once, with the first.
    const kept = chunk.map(({ key }, place) => {
      const spent = place === 0 ? called.spent : NOTHING_SPENT;
      const verdict = verdicts[place] as Scored | Failure;
      const head = { judge: this.identity, key, ...spent };
      if (verdict.kind === "failed") return this.#answers.keep({ ...head, reason: verdict.reason });
      return this.#answers.keep({ ...head, answer: verdict.score });
    });
    await Promise.all(kept);
    return verdicts;
  }

  async #body(question: Question, chunk: readonly Waiting[]): Promise<object> {
    const { imageSide: side, imageFormat: format } = this.#config;
    const items = chunk.map(async ({ item, image }) => ({
      prompt: item.prompt.text,
      image: Buffer.from(await image.encoded({ side, format })).toString("base64"),
    }));
    return { question, format, items: await Promise.all(items) };
  }
}

type Scored = Extract<Verdict, { kind: "scored" }>;

function read({ body, reason }: Called, count: number): (Scored | Failure)[] {
  const fail = (why: string) =>
    Array.from({ length: count }, (): Failure => ({ kind: "failed", reason: why }));
  if (reason !== undefined) return fail(reason);
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) {
    return fail(
      `expected { "scores": [a number from 0 to 1, { "error" } or null, ...] }, got ${JSON.stringify(body).slice(0, 200)}`,
    );
  }
  const { scores } = parsed.data;
  if (scores.length !== count) return fail(`expected ${count} scores, got ${scores.length}`);
  return scores.map((score) => {
    if (typeof score === "number") return { kind: "scored", score };
    return { kind: "failed", reason: score?.error ?? "the service gave no score" };
  });
}
