import { NO_PAIR, type NoPair } from "../../records/no-pair.js";
import type { Prompt } from "../../records/prompt.js";
import type { Verdict } from "../../records/verdict.js";
import type { LabelledPrompt } from "./label.js";

/** What mining did with every prompt and candidate, for people. */
export interface YieldReport {
  readonly prompts: number;
  /** Prompts that gave a pair, before tasks were balanced. */
  readonly promptsUsed: number;
  readonly candidates: number;
  /** Candidates without a score: failed or never asked. None of them can be in a pair. */
  readonly failedVerdicts: number;
  /** Candidates scored between the two thresholds. */
  readonly undecided: number;
  /** Candidates left out because another one of their prompt has the same tokens. */
  readonly duplicateImages: number;
  /** Mean entropy of the judge's P(yes) in bits: 0 where it is sure of every image, 1 where it knows nothing. Null without scores. */
  readonly judgeUncertainty: number | null;
  readonly pairs: number;
  /** Of them, drawn from earlier rounds. */
  readonly earlierPairs: number;
  /** Prompts that gave no pair, by reason. */
  readonly dropped: Readonly<Record<NoPair, number>>;
  /** Pairs mined but left out to balance the tasks. */
  readonly cutToBalance: number;
  readonly tasks: Readonly<Record<string, { prompts: number; promptsUsed: number; pairs: number }>>;
  /** Mean margin of the pairs; null without pairs. */
  readonly meanMargin: number | null;
  /** Pairs by margin: from 0 to below 0.1, from 0.1, and so on; the last takes 0.9 and more. */
  readonly marginHistogram: readonly number[];
}

const BINS = 10;

interface Judged {
  readonly prompt: Prompt;
  readonly candidates: readonly { readonly verdict: Verdict | null }[];
}

/** Adds up a yield report, prompt by prompt and pair by pair. */
export class YieldCounter {
  readonly #seen = {
    prompts: 0,
    promptsUsed: 0,
    candidates: 0,
    failedVerdicts: 0,
    undecided: 0,
    duplicateImages: 0,
  };
  readonly #dropped = Object.fromEntries(Object.keys(NO_PAIR).map((reason) => [reason, 0])) as Record<
    NoPair,
    number
  >;
  readonly #tasks: Record<string, { prompts: number; promptsUsed: number; pairs: number }> = {};
  readonly #margins = { total: 0, histogram: new Array<number>(BINS).fill(0) };
  readonly #entropy = { total: 0, scores: 0 };
  #pairs = 0;
  #earlier = 0;
  #cut = 0;

  /** Pairs so far. */
  get pairs(): number {
    return this.#pairs;
  }

  /** A prompt with what its labels came to, and the reason why it gave no pair. */
  prompt({ prompt, candidates }: Judged, found: LabelledPrompt, reason: NoPair | undefined): void {
    this.#seen.prompts += 1;
    this.#seen.candidates += candidates.length;
    for (const { verdict } of candidates) if (verdict?.kind === "scored") this.#score(verdict.score);
    this.#seen.failedVerdicts += found.failed;
    this.#seen.undecided += found.undecided;
    this.#seen.duplicateImages += found.duplicates;
    const task = this.#task(taskOf(prompt));
    task.prompts += 1;
    if (reason !== undefined) this.#dropped[reason] += 1;
    else {
      this.#seen.promptsUsed += 1;
      task.promptsUsed += 1;
    }
  }

  /** So many pairs were mined and are left out. */
  cut(pairs: number): void {
    this.#cut += pairs;
  }

  earlierPair(task: string, margin: number): void {
    this.#earlier += 1;
    this.pair(task, margin);
  }

  pair(task: string, margin: number): void {
    this.#pairs += 1;
    this.#task(task).pairs += 1;
    this.#margins.total += margin;
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(margin * BINS)));
    this.#margins.histogram[bin] = (this.#margins.histogram[bin] as number) + 1;
  }

  report(): YieldReport {
    const { total, scores } = this.#entropy;
    return {
      ...this.#seen,
      judgeUncertainty: scores > 0 ? total / scores : null,
      pairs: this.#pairs,
      earlierPairs: this.#earlier,
      dropped: this.#dropped,
      cutToBalance: this.#cut,
      tasks: this.#tasks,
      meanMargin: this.#pairs > 0 ? this.#margins.total / this.#pairs : null,
      marginHistogram: this.#margins.histogram,
    };
  }

  #score(score: number): void {
    this.#entropy.total += binaryEntropy(score);
    this.#entropy.scores += 1;
  }

  #task(name: string) {
    this.#tasks[name] ??= { prompts: 0, promptsUsed: 0, pairs: 0 };
    return this.#tasks[name];
  }
}

/** Tag of a prompt; prompts that carry no metadata are a task of their own. */
export function taskOf(prompt: Prompt): string {
  return prompt.metadata?.tag ?? "untagged";
}

function binaryEntropy(probability: number): number {
  const part = (share: number) => (share <= 0 ? 0 : -share * Math.log2(share));
  return part(probability) + part(1 - probability);
}
