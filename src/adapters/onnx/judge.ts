import type { Tensor } from "onnxruntime-node";
import { gridComplaint, tokensOf } from "../../decoding/grid-complaint.js";
import { OneAtATime } from "../../decoding/one-at-a-time.js";
import { CheckpointError, VerifierError } from "../../errors.js";
import { REASONS, type Reason } from "../../records/reasons.js";
import type { Judge, JudgeItem } from "../../records/seams.js";
import { QUESTIONS, type Question, type Verdict } from "../../records/verdict.js";
import { type ModelOptions, type OnnxModel, openModel } from "./model.js";

/** Images whose answers are remembered, at most: about 2 MB. */
const MOST_RECENT = 4096;

export interface OnnxJudgeOptions extends ModelOptions {
  /** Word ids of a prompt, shape (text length,). */
  readonly encodePrompt: (text: string) => ArrayLike<number>;
}

/**
 * judge.onnx of a bundled judge: the generator's trunk reading (prompt, whole token grid), and which tokens of a preview are settled
 * where it was trained so. One column a question, then one a reason; a reflection that is answered no gives reasons. One pass
 * answers every question, so what is asked next about an image just seen costs nothing.
 */
export class OnnxJudge implements Judge {
  readonly identity: string;
  readonly questions: readonly Question[];
  /** Fixed, so that a verdict never depends on what was judged beside. */
  readonly batch = 16;
  readonly readsTokens = true;
  readonly #options: OnnxJudgeOptions;
  readonly #model: OnnxModel;
  readonly #gridTokens: number;
  readonly #textLength: number;
  readonly #text: Int32Array;
  readonly #tokens: Int32Array;
  readonly #settled: Int32Array;
  readonly #reasons: readonly Reason[];
  readonly #probabilities: Float32Array;
  readonly #feeds: Record<string, Tensor>;
  readonly #fetches: Record<string, Tensor>;
  readonly #turns = new OneAtATime();
  /** All columns of the images last seen, the oldest first. */
  readonly #recent = new Map<string, Float32Array>();

  private constructor(model: OnnxModel, options: OnnxJudgeOptions) {
    const { grid, text_length: textLength } = model.checkpoint.config;
    if (textLength === undefined) throw new CheckpointError(`${model.checkpoint.name} has no text_length.`);
    this.identity = model.checkpoint.identity;
    this.questions = wordsOf(model, "questions", QUESTIONS, 1);
    this.#reasons = wordsOf(model, "reasons", REASONS, 0);
    this.#options = options;
    this.#model = model;
    this.#gridTokens = grid * grid;
    this.#textLength = textLength;
    this.#text = new Int32Array(this.batch * textLength);
    this.#tokens = new Int32Array(this.batch * this.#gridTokens);
    this.#settled = new Int32Array(this.#tokens.length);
    const answers = this.questions.length + this.#reasons.length;
    this.#probabilities = new Float32Array(this.batch * answers);
    const settled = { settled: new model.Tensor("int32", this.#settled, [this.batch, this.#gridTokens]) };
    this.#feeds = {
      text: new model.Tensor("int32", this.#text, [this.batch, textLength]),
      tokens: new model.Tensor("int32", this.#tokens, [this.batch, this.#gridTokens]),
      ...(model.checkpoint.config.settled ? settled : {}),
    };
    this.#fetches = {
      probabilities: new model.Tensor("float32", this.#probabilities, [this.batch, answers]),
    };
  }

  /** Loads judge.onnx of a checkpoint folder. Throws CheckpointError. */
  static async open(folder: string, options: OnnxJudgeOptions): Promise<OnnxJudge> {
    return new OnnxJudge(await openModel(folder, "judge", "judge.onnx", options), options);
  }

  /** Throws VerifierError for a question this judge was not trained on; a single bad image is a failed verdict. */
  async ask(question: Question, items: readonly JudgeItem[]): Promise<Verdict[]> {
    if (!this.questions.includes(question)) {
      const known = this.questions.join(", ");
      throw new VerifierError(
        `Judge ${this.#model.checkpoint.name} answers ${known}; it was asked "${question}".`,
      );
    }
    const readings = items.map((item) => this.#read(item));
    const readable = readings.filter((reading) => "text" in reading);
    const answers = (await this.#turns.run(() => this.#answer(readable, question))).values();
    return readings.map((reading) => ("text" in reading ? (answers.next().value as Verdict) : reading));
  }

  async close(): Promise<void> {
    await this.#turns.settled();
    await this.#model.session.release();
  }

  /** What the graph will see of an item, or why it cannot. */
  #read({ prompt, image }: JudgeItem): Reading | FailedVerdict {
    const { codebook_size: codebookSize } = this.#model.checkpoint.config;
    // In a preview the id that is no code stands for what is not drawn yet: the trunk knows it.
    const known = codebookSize + (image.settled ? 1 : 0);
    const complaint = gridComplaint(image.tokens, this.#gridTokens, known);
    if (complaint) return { kind: "failed", reason: complaint };
    try {
      const text = this.#options.encodePrompt(prompt.text);
      const seen = { text, tokens: tokensOf(image), settled: image.settled };
      return { ...seen, key: keyOf(seen) };
    } catch (error) {
      return { kind: "failed", reason: (error as Error).message };
    }
  }

  async #answer(readings: readonly Reading[], question: Question): Promise<Verdict[]> {
    const unseen = readings.filter(({ key }) => !this.#recent.has(key));
    for (let first = 0; first < unseen.length; first += this.batch) {
      await this.#look(unseen.slice(first, first + this.batch));
    }
    const verdicts = readings.map(({ key }) =>
      this.#verdict(this.#recent.get(key) as Float32Array, question),
    );
    for (const key of this.#recent.keys()) {
      if (this.#recent.size <= MOST_RECENT) break;
      this.#recent.delete(key);
    }
    return verdicts;
  }

  /** One forward pass over at most a batch. */
  async #look(rows: readonly Reading[]): Promise<void> {
    for (const [row, { text, tokens, settled }] of rows.entries()) {
      const start = row * this.#gridTokens;
      this.#text.set(text, row * this.#textLength);
      this.#tokens.set(tokens, start);
      if (settled) this.#settled.set(settled, start);
      else this.#settled.fill(1, start, start + this.#gridTokens);
    }
    await this.#model.session.run(this.#feeds, this.#fetches);
    const width = this.questions.length + this.#reasons.length;
    for (const [row, { key }] of rows.entries()) {
      this.#recent.set(key, this.#probabilities.slice(row * width, (row + 1) * width));
    }
  }

  #verdict(columns: Float32Array, question: Question): Verdict {
    const verdict = verdictOf(columns[this.questions.indexOf(question)] as number);
    if (question !== "reflection" || verdict.kind !== "scored" || verdict.score >= 0.5) return verdict;
    return { ...verdict, reasons: likelyReasons(this.#reasons, columns.subarray(this.questions.length)) };
  }
}

/** The reasons more likely than not, and in any case the likeliest. */
export function likelyReasons(reasons: readonly Reason[], probabilities: Float32Array): Reason[] {
  const highest = Math.max(...probabilities);
  return reasons.filter((_, index) => (probabilities[index] as number) >= Math.min(0.5, highest));
}

/** A judge's answer as a verdict: a probability in 0..1, or failed. */
export function verdictOf(probability: number): Verdict {
  if (probability >= 0 && probability <= 1) return { kind: "scored", score: probability };
  return { kind: "failed", reason: `Expected a probability from 0 to 1, got ${probability}.` };
}

interface Reading extends Seen {
  /** The same for the same text, tokens and settled places. */
  readonly key: string;
}

/** What the graph sees of an image and its prompt. */
interface Seen {
  readonly text: ArrayLike<number>;
  readonly tokens: Uint16Array;
  readonly settled: Uint8Array | undefined;
}

function keyOf({ text, tokens, settled }: Seen): string {
  const parts = [Uint16Array.from(text), tokens, ...(settled ? [Uint16Array.from(settled)] : [])];
  return parts.map((part) => String.fromCharCode(...part)).join("");
}

type FailedVerdict = Extract<Verdict, { kind: "failed" }>;

/** A list of known words in checkpoint.json, at least so many. */
function wordsOf<Word extends string>(
  { checkpoint }: OnnxModel,
  field: "questions" | "reasons",
  known: readonly Word[],
  least: number,
): Word[] {
  const names = checkpoint[field] ?? [];
  const unknown = names.find((name) => !known.includes(name as Word));
  if (names.length < least || unknown !== undefined) {
    throw new CheckpointError(
      `The checkpoint.json of judge ${checkpoint.name} should list its ${field} (of ${known.join(", ")}), ` +
        `got ${unknown === undefined ? "none" : `"${unknown}"`}.`,
    );
  }
  return names as Word[];
}
