import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { decodePng } from "../../adapters/images/index.js";
import type { EventOf, WorkerEvent } from "../../adapters/python/index.js";
import type { StageRow, Store } from "../../adapters/store/index.js";
import type { GridImage, ImageHandle } from "../../records/image.js";
import type { Progress } from "../../records/progress.js";
import type { Prompt, WordIds } from "../../records/prompt.js";
import type { Judge } from "../../records/seams.js";
import {
  compareSamples,
  type JudgedSamples,
  overOptimisedNote,
  type SamplesJudged,
} from "./over-optimisation.js";

/** The two verifiers of a training's sample images, and what they need to see them. */
export interface SampleVerifiers {
  /** What training follows: the labeller of its pairs, or the judge that guides it. */
  readonly training: Judge;
  /** One that training never sees. */
  readonly heldOut: Judge;
  readonly image: (tokens: Uint16Array) => GridImage;
  /** Throws PromptError where the generator cannot draw the text. */
  readonly encodePrompt: (text: string) => WordIds | Promise<WordIds>;
}

/** Sample images of one step of a training, as its events tell them. */
export type Samples = EventOf<"samples-end">;

/** Judges the sample images of a training as they come, and says so once when the two verifiers part ways. */
export class SampleWatch {
  readonly #judged = new Map<number, JudgedSamples>();
  #prompts: ReadonlyMap<string, Prompt> | undefined;
  #queue: Promise<void> = Promise.resolve();
  #alarmed = false;

  /** `log` is the trainer's event log, which also holds what a run drew before it was interrupted. */
  constructor(
    private readonly verifiers: SampleVerifiers,
    private readonly prompts: Iterable<Prompt>,
    private readonly log: string,
    private readonly progress: Progress,
  ) {}

  /** Takes an event of the trainer; those without samples pass. What goes wrong is thrown by `finish`. */
  hear(event: WorkerEvent): void {
    if (event.event !== "samples-end") return;
    this.#queue = this.#queue.then(() => this.#judgeAll([...samplesIn(this.log), event]));
    this.#queue.catch(() => undefined);
  }

  /** Everything judged, by step, once the training has ended. */
  async finish(): Promise<SamplesJudged[]> {
    await this.#queue;
    await this.#judgeAll(samplesIn(this.log));
    return [...this.#judged.keys()].sort((one, other) => one - other).map((step) => this.#compare(step));
  }

  async #judgeAll(all: readonly Samples[]): Promise<void> {
    for (const samples of all) {
      if (this.#judged.has(samples.step)) continue;
      const items = await this.#itemsOf(samples);
      const { training, heldOut } = this.verifiers;
      const scores = { training: await scoresOf(training, items), heldOut: await scoresOf(heldOut, items) };
      const tasks = items.map((item) => item?.prompt.metadata?.tag ?? "");
      this.#judged.set(samples.step, { step: samples.step, ...scores, tasks });
      this.#tell(this.#compare(samples.step));
    }
  }

  /** What was drawn, with its prompt where that is known. */
  async #itemsOf(samples: Samples): Promise<(Item | undefined)[]> {
    const { text, prompts } = samples;
    const known = await this.#promptsBy(prompts === undefined ? this.verifiers.encodePrompt : undefined);
    return text.map((words, row) => {
      const prompt = known.get(prompts?.[row] ?? words.join());
      return prompt && { prompt, image: sampleImage(samples, row, this.verifiers.image) };
    });
  }

  /** The prompts as the trainer names them: by their word ids, or by their words where these are told. */
  async #promptsBy(encode: SampleVerifiers["encodePrompt"] | undefined) {
    this.#prompts ??= await byNames(this.prompts, encode);
    return this.#prompts;
  }

  #compare(step: number): SamplesJudged {
    const first = Math.min(...this.#judged.keys());
    return compareSamples(this.#judged.get(first) as JudgedSamples, this.#judged.get(step) as JudgedSamples);
  }

  #tell(found: SamplesJudged): void {
    if (!found.over_optimised || this.#alarmed) return;
    this.#alarmed = true;
    this.progress.note(overOptimisedNote(found));
  }
}

async function byNames(prompts: Iterable<Prompt>, encode: SampleVerifiers["encodePrompt"] | undefined) {
  const found = new Map<string, Prompt>();
  for (const prompt of prompts)
    found.set(encode === undefined ? prompt.text : (await encode(prompt.text)).join(), prompt);
  return found;
}

/** The sample image of a row: its tokens, or the picture that the trainer wrote in their place. */
export function sampleImage(
  { tokens, pictures }: Pick<Samples, "tokens" | "pictures">,
  row: number,
  image: (tokens: Uint16Array) => ImageHandle,
): ImageHandle {
  const file = pictures?.[row];
  if (file === undefined) return image(Uint16Array.from(tokens[row] ?? []));
  return { pixels: async () => decodePng(await readFile(file)), encoded: () => readFile(file) };
}

/** The prompts of pair sets, each once. */
export function* promptsOfPairs(store: Store, pairs: readonly StageRow[]): Generator<Prompt> {
  const ids = new Set(
    pairs.flatMap(({ id }) => [...store.pairs.iterate(id)].map(({ promptId }) => promptId)),
  );
  for (const id of ids) {
    const prompt = store.prompts.find(id);
    if (prompt) yield prompt;
  }
}

type Item = { readonly prompt: Prompt; readonly image: ImageHandle };

/** P(yes) of the outcome question for each image; null where it is not scored, or its prompt is not known. */
async function scoresOf(judge: Judge, items: readonly (Item | undefined)[]): Promise<(number | null)[]> {
  const known = items.filter((item) => item !== undefined);
  const verdicts = (await judge.ask("outcome", known)).values();
  return items.map((item) => {
    if (item === undefined) return null;
    const verdict = verdicts.next().value;
    return verdict?.kind === "scored" ? verdict.score : null;
  });
}

function samplesIn(log: string): Samples[] {
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  // A last line without its end is still being written.
  const whole = lines.slice(0, -1).filter((line) => line.includes('"samples-end"'));
  return whole.map((line) => JSON.parse(line) as Samples);
}
