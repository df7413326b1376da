import type { DrawingWorker, OpenJudgeRequest } from "../../adapters/python/index.js";
import { VerifierError } from "../../errors.js";
import type { Pixels } from "../../records/image.js";
import type { Judge, JudgeItem } from "../../records/seams.js";
import { QUESTIONS, type Question, type Verdict } from "../../records/verdict.js";

export interface PictureJudgeOptions {
  readonly worker: DrawingWorker;
  /** What the worker loads, when it is asked. */
  readonly judge: OpenJudgeRequest;
  readonly identity: string;
  readonly questions: readonly string[];
  /** Pictures judged together. */
  readonly batch: number;
}

/** A vision-language or reward model in a worker, shown the pixels of any picture. */
export class PictureJudge implements Judge {
  readonly identity: string;
  readonly questions: readonly Question[];
  readonly batch: number;
  readonly #options: PictureJudgeOptions;

  constructor(options: PictureJudgeOptions) {
    this.identity = options.identity;
    this.questions = QUESTIONS.filter((question) => options.questions.includes(question));
    this.batch = options.batch;
    this.#options = options;
  }

  /** Throws VerifierError for a question this judge does not answer; a picture that cannot be read is a failed verdict. */
  async ask(question: Question, items: readonly JudgeItem[]): Promise<Verdict[]> {
    if (!this.questions.includes(question)) {
      throw new VerifierError(`The judge answers ${this.questions.join(", ")}; it was asked "${question}".`);
    }
    const verdicts = new Map<JudgeItem, Verdict>();
    const seen = await Promise.all(items.map((item) => look(item)));
    for (const { item, failed } of seen) if (failed !== undefined) verdicts.set(item, failed);
    for (const group of bySize(seen.flatMap(({ item, pixels }) => (pixels ? [{ item, pixels }] : [])))) {
      const scores = await this.#scores(question, group);
      for (const [row, { item }] of group.entries()) verdicts.set(item, verdictOf(scores[row]));
    }
    return items.map((item) => verdicts.get(item) as Verdict);
  }

  /** The worker is closed by whoever opened it. */
  async close(): Promise<void> {}

  async #scores(question: Question, group: readonly Seen[]): Promise<readonly (number | null)[]> {
    const { width, height } = (group[0] as Seen).pixels;
    const size = width * height * 3;
    const data = new Uint8Array(group.length * size);
    for (const [row, { pixels }] of group.entries()) data.set(pixels.data, row * size);
    const asked = { questions: [question], prompts: group.map(({ item }) => item.prompt.text) };
    const { worker, judge } = this.#options;
    return (await worker.judge(judge, asked, { shape: [group.length, height, width, 3], data }))[0] ?? [];
  }
}

interface Seen {
  readonly item: JudgeItem;
  readonly pixels: Pixels;
}

async function look(item: JudgeItem) {
  try {
    return { item, pixels: await item.image.pixels() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { item, failed: { kind: "failed", reason } satisfies Verdict };
  }
}

function bySize(seen: readonly Seen[]): Seen[][] {
  const groups = new Map<string, Seen[]>();
  for (const one of seen) {
    const key = `${one.pixels.width} x ${one.pixels.height}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function verdictOf(score: number | null | undefined): Verdict {
  if (typeof score === "number" && score >= 0 && score <= 1) return { kind: "scored", score };
  return { kind: "failed", reason: `Expected a score from 0 to 1, got ${score}.` };
}
