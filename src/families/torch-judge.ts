import { verdictOf } from "../adapters/onnx/judge.js";
import type { Opened, ServingWorker } from "../adapters/python/index.js";
import { gridComplaint, tokensOf } from "../decoding/grid-complaint.js";
import { CheckpointError, VerifierError } from "../errors.js";
import type { Judge, JudgeItem } from "../records/seams.js";
import { QUESTIONS, type Question, type Verdict } from "../records/verdict.js";
import { storedGrids } from "./stored-grids.js";

export interface JudgeDescription {
  readonly identity: string;
  readonly questions: readonly string[];
  /** Images judged together. */
  readonly batch: number;
}

/** A vision-language or reward model in a serving worker; images go to it as tokens and are decoded beside it. */
export class TorchJudge implements Judge {
  readonly identity: string;
  readonly questions: readonly Question[];
  readonly batch: number;
  readonly readsTokens = true;
  readonly #worker: ServingWorker;
  readonly #hold: () => Promise<Opened>;

  /** `hold` has the worker load the judge that is described, unless it holds it. */
  constructor(worker: ServingWorker, described: JudgeDescription, hold: () => Promise<Opened>) {
    this.identity = described.identity;
    this.questions = QUESTIONS.filter((question) => described.questions.includes(question));
    this.batch = described.batch;
    this.#worker = worker;
    this.#hold = hold;
  }

  /** Throws VerifierError for a question this judge does not answer; a single bad image is a failed verdict. */
  async ask(question: Question, items: readonly JudgeItem[]): Promise<Verdict[]> {
    if (!this.questions.includes(question)) {
      throw new VerifierError(`The judge answers ${this.questions.join(", ")}; it was asked "${question}".`);
    }
    const { image_tokens: tokens, codebook_size: codes } = await this.#held();
    const complaints = items.map(({ image }) =>
      // In a preview the first id that is no code stands for what is not drawn yet.
      gridComplaint(image.tokens, tokens ?? image.tokens?.length ?? 0, codes + (image.settled ? 1 : 0)),
    );
    const readable = items.filter((_, index) => complaints[index] === undefined);
    const scores = (await this.#scores(question, readable)).values();
    return complaints.map((reason) =>
      reason === undefined ? verdictOf(scores.next().value ?? Number.NaN) : { kind: "failed", reason },
    );
  }

  /** The worker is closed by whoever opened it. */
  async close(): Promise<void> {}

  async #held(): Promise<Opened> {
    const opened = await this.#hold();
    if (opened.judge === this.identity) return opened;
    throw new CheckpointError(
      `The judge changed on disk while it was in use: expected ${this.identity}, the worker loaded ${opened.judge}.`,
    );
  }

  async #scores(question: Question, items: readonly JudgeItem[]): Promise<readonly (number | null)[]> {
    if (items.length === 0) return [];
    const prompts = items.map(({ prompt }) => prompt.text);
    const grids = storedGrids(items.map(({ image }) => tokensOf(image)));
    return (await this.#worker.ask([question], prompts, grids))[0] ?? [];
  }
}
