import type { LabelConfig, MiningConfig } from "../../config/round-schema.js";
import type { Prompt } from "../../records/prompt.js";
import type { Verdict } from "../../records/verdict.js";
import { shuffledById } from "../seeds.js";
import { labelCandidates } from "./label.js";
import { type MinedPair, minePairs, type NoPair } from "./mine.js";

/** A prompt with its judged candidates. */
export interface JudgedPrompt {
  readonly prompt: Prompt;
  readonly candidates: readonly {
    readonly id: string;
    readonly seed: number;
    readonly verdict: Verdict | null;
  }[];
}

export interface PromptPair extends MinedPair {
  readonly prompt: Prompt;
}

/** What mining did with every prompt and candidate, for people. */
export interface YieldReport {
  readonly prompts: number;
  readonly candidates: number;
  /** Candidates without a score: failed or never asked. None of them can be in a pair. */
  readonly failedVerdicts: number;
  /** Candidates scored between the two thresholds. */
  readonly undecided: number;
  readonly pairs: number;
  /** Prompts that gave no pair, by reason. */
  readonly dropped: Readonly<Record<NoPair, number>>;
  /** Pairs mined but left out to balance the tasks. */
  readonly cutToBalance: number;
  readonly pairsByTask: Readonly<Record<string, number>>;
  /** Mean margin of the pairs; null without pairs. */
  readonly meanMargin: number | null;
}

export interface MiningRules {
  readonly labels: LabelConfig;
  readonly mining: MiningConfig;
  /** At most so many pairs of each task; null keeps all. */
  readonly pairsPerTask: number | null;
  readonly seed: number;
}

/** Tag of prompts that carry no metadata. */
const NO_TASK = "untagged";

/** All pairs of a round, prompt by prompt in the order given, and the report of what was dropped. */
export function mineAll(
  prompts: Iterable<JudgedPrompt>,
  rules: MiningRules,
): { pairs: PromptPair[]; report: YieldReport } {
  const mined: PromptPair[] = [];
  const dropped: Record<NoPair, number> = { "only-yes": 0, "only-no": 0, "no-labels": 0, "below-margin": 0 };
  const seen = { prompts: 0, candidates: 0, failedVerdicts: 0, undecided: 0 };
  for (const { prompt, candidates } of prompts) {
    const { labelled, failed, undecided } = labelCandidates(candidates, rules.labels);
    seen.prompts += 1;
    seen.candidates += candidates.length;
    seen.failedVerdicts += failed;
    seen.undecided += undecided;
    const found = minePairs(labelled, rules.mining, rules.seed);
    if (typeof found === "string") dropped[found] += 1;
    else mined.push(...found.map((pair) => ({ ...pair, prompt })));
  }
  const pairs = balanced(mined, rules);
  return {
    pairs,
    report: { ...seen, dropped, cutToBalance: mined.length - pairs.length, ...totalsOf(pairs) },
  };
}

/** The pairs kept under the cap on each task: a random choice that keeps their order. */
function balanced(pairs: readonly PromptPair[], { pairsPerTask, seed }: MiningRules): PromptPair[] {
  if (pairsPerTask === null) return [...pairs];
  const kept = new Map<string, number>();
  const chosen = new Set<PromptPair>();
  for (const pair of shuffledById(
    pairs,
    ({ chosen, rejected }) => `${chosen.id} ${rejected.id}`,
    seed,
    "cut",
  )) {
    const task = taskOf(pair.prompt);
    const count = kept.get(task) ?? 0;
    if (count >= pairsPerTask) continue;
    kept.set(task, count + 1);
    chosen.add(pair);
  }
  return pairs.filter((pair) => chosen.has(pair));
}

function totalsOf(pairs: readonly PromptPair[]): Pick<YieldReport, "pairs" | "pairsByTask" | "meanMargin"> {
  const pairsByTask: Record<string, number> = {};
  for (const { prompt } of pairs) pairsByTask[taskOf(prompt)] = (pairsByTask[taskOf(prompt)] ?? 0) + 1;
  const total = pairs.reduce((sum, { margin }) => sum + margin, 0);
  return { pairs: pairs.length, pairsByTask, meanMargin: pairs.length > 0 ? total / pairs.length : null };
}

function taskOf(prompt: Prompt): string {
  return prompt.metadata?.tag ?? NO_TASK;
}
