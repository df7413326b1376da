import { type NewPair, pairId } from "../../adapters/store/index.js";
import type { LabelConfig, MiningConfig } from "../../config/schema/round.js";
import type { NoPair } from "../../records/no-pair.js";
import type { Prompt } from "../../records/prompt.js";
import type { Verdict } from "../../records/verdict.js";
import { type LabelledPrompt, labelCandidates, type MinedCandidate } from "./label.js";
import { minePairs, needsTokens, poolOf } from "./mine.js";
import type { MinedPair } from "./mined-pair.js";
import { RankedCut } from "./ranked-cut.js";
import { taskOf, YieldCounter, type YieldReport } from "./yield-report.js";

/** A prompt with its judged candidates. */
export interface JudgedPrompt {
  readonly prompt: Prompt;
  readonly candidates: readonly (MinedCandidate & { readonly verdict: Verdict | null })[];
}

/** A pair as the ledger keeps it, with its prompt. */
export interface PromptPair extends NewPair {
  readonly prompt: Prompt;
}

/** Where pairs are mined. Every pass streams from the start. */
export interface MiningSource {
  prompts(): Iterable<JudgedPrompt>;
  /** Token grids by id, for the policies that compare images. */
  tokens(ids: readonly string[]): Promise<ReadonlyMap<string, Uint16Array>>;
  /** The pairs of earlier rounds. */
  earlier(): Iterable<PromptPair>;
}

export interface MiningRules {
  readonly labels: LabelConfig;
  readonly mining: MiningConfig;
  /** At most so many pairs of each task; null keeps all. */
  readonly pairsPerTask: number | null;
  /** Share of all pairs that comes from earlier rounds, 0..1. */
  readonly earlierPairs: number;
  readonly seed: number;
}

export interface MinedSet {
  readonly report: YieldReport;
  /** The pairs, in the order of their prompts, those of earlier rounds last; the same ones at every call. */
  readonly pairs: () => AsyncGenerator<PromptPair>;
}

/**
 * Mines a round's pairs. Every pass streams: one counts and finds which pairs the cuts leave, and each call of
 * `pairs` gives them anew. Memory holds one prompt's candidates and the cuts, never the pairs.
 */
export async function mineAll(source: MiningSource, rules: MiningRules): Promise<MinedSet> {
  const cut = new RankedCut(rules.pairsPerTask, rules.seed, "cut");
  const counter = new YieldCounter();
  let offered = 0;
  for await (const { judged, found, mined } of minedPrompts(source, rules)) {
    counter.prompt(judged, found, typeof mined === "string" ? mined : undefined);
    for (const pair of pairsOf(mined)) {
      if (rules.pairsPerTask === null) counter.pair(taskOf(judged.prompt), pair.margin);
      else {
        cut.offer(taskOf(judged.prompt), cutId(pair), pair.margin);
        offered += 1;
      }
    }
  }
  const kept = [...cut.kept()];
  for (const [task, margin] of kept) counter.pair(task, margin);
  counter.cut(offered - kept.length);
  const drawn = drawEarlier(source, rules, counter.pairs);
  for (const { prompt, margin } of drawn()) counter.earlierPair(taskOf(prompt), margin);
  return {
    report: counter.report(),
    async *pairs() {
      for await (const { prompt, pair } of ownPairs(source, rules)) {
        if (cut.keeps(taskOf(prompt), cutId(pair))) yield promptPair(prompt, pair, rules);
      }
      yield* drawn();
    },
  };
}

async function* minedPrompts(source: MiningSource, { labels, mining, seed }: MiningRules) {
  for (const judged of source.prompts()) {
    const found = labelCandidates(judged.candidates, labels);
    const ids = found.labelled.map(({ id }) => id);
    const tokens = needsTokens(mining) ? await source.tokens(ids) : undefined;
    const pool = poolOf(found.labelled, seed, tokens);
    const mined = allFailed(judged, found) ? "failed-verdicts" : minePairs(pool, mining);
    yield { judged, found, mined };
  }
}

async function* ownPairs(source: MiningSource, rules: MiningRules) {
  for await (const { judged, mined } of minedPrompts(source, rules)) {
    for (const pair of pairsOf(mined)) yield { prompt: judged.prompt, pair };
  }
}

function allFailed({ candidates }: JudgedPrompt, { failed }: LabelledPrompt): boolean {
  return candidates.length > 0 && failed === candidates.length;
}

function pairsOf(mined: readonly MinedPair[] | NoPair): readonly MinedPair[] {
  return typeof mined === "string" ? [] : mined;
}

function cutId({ chosen, rejected }: MinedPair): string {
  return `${chosen.id} ${rejected.id}`;
}

/** As many random pairs of earlier rounds, each once, as make their share beside `own` pairs. */
function drawEarlier(source: MiningSource, { earlierPairs, seed }: MiningRules, own: number) {
  const wanted = Math.round((own * earlierPairs) / (1 - earlierPairs));
  const cut = new RankedCut(wanted, seed, "earlier");
  const idOf = ({ chosenId, rejectedId }: PromptPair) => pairId(chosenId, rejectedId);
  if (wanted > 0) for (const pair of source.earlier()) cut.offer("", idOf(pair));
  return function* (): Generator<PromptPair> {
    const given = new Set<string>();
    if (wanted === 0) return;
    for (const pair of source.earlier()) {
      if (!cut.keeps("", idOf(pair)) || given.has(idOf(pair))) continue;
      given.add(idOf(pair));
      yield pair;
    }
  };
}

function promptPair(
  prompt: Prompt,
  { chosen, rejected, margin, sharedSteps }: MinedPair,
  { mining }: MiningRules,
) {
  return {
    prompt,
    promptId: prompt.id,
    chosenId: chosen.id,
    rejectedId: rejected.id,
    chosenScore: chosen.score,
    rejectedScore: rejected.score,
    margin,
    policy: mining.policy,
    sharedSteps: sharedSteps ?? null,
  };
}
