import type { Candidate } from "../records/candidate.js";
import type { ImageHandle } from "../records/image.js";
import type { Prompt } from "../records/prompt.js";
import type { Correction, Path } from "../records/seams.js";
import type { Question, Verdict } from "../records/verdict.js";

/** One search to run. `attempt` counts independent searches of one prompt (GenEval scores four images a prompt). */
export interface SearchTask {
  readonly prompt: Prompt;
  readonly attempt: number;
}

/**
 * How the paths of one prompt are chosen: an ordinary async function over a context. It may await many things at once;
 * what it awaits is batched with the paths and questions of the other prompts in flight.
 */
export interface Strategy {
  readonly name: string;
  /** What it asks the judge; a judge that cannot answer is refused before the first path is opened. */
  readonly questions?: readonly Question[];
  /** Whether it asks a question at a step midway; at any where absent. */
  readonly asks?: (question: Question, step: number) => boolean;
  search(context: SearchContext): Promise<Selection>;
}

/** What a strategy settled on. */
export interface Selection {
  /** One of the candidates the context returned; undefined when none was selected. */
  readonly chosen: Candidate | undefined;
  /** Why, in words for people. */
  readonly reason: string;
}

/** A strategy's hold on the sampler and the judge, for one task. */
export interface SearchContext extends SearchTask {
  /** Decoding steps of a full path. */
  readonly steps: number;
  /** Function evaluations of one step of one path. */
  readonly evaluationsPerStep: number;
  /** What this task has cost so far: the measures of a search budget (arXiv 2501.09732). */
  readonly spent: SearchCost;
  open(seed: number, correction?: Correction): Path;
  /** One decoding step. */
  advance(path: Path): Promise<void>;
  /** The image the path predicts at its present step. */
  preview(path: Path): Promise<ImageHandle>;
  /** Asks the judge about the path's preview; a failed verdict is an answer, not an error. */
  ask(question: Question, path: Path): Promise<Verdict>;
  fork(path: Path, seed: number, remask: number): Path;
  /** A path near a finished one: its noise, or that share of its tokens, drawn anew. */
  neighbour(path: Path, seed: number, distance: number): Path;
  finish(path: Path): Candidate;
  /** Ends a path early; nothing more is spent on it. */
  drop(path: Path, reason: string): Candidate;
}

export interface SearchCost {
  /** Function evaluations of the generator. */
  readonly nfe: number;
  /** Images shown to the judge. */
  readonly judgeCalls: number;
}

/** A verdict and what it was about. */
export interface Judgement {
  /** Index into the outcome's candidates. */
  readonly candidate: number;
  /** Steps the path had run when it was asked about. */
  readonly step: number;
  readonly question: Question;
  readonly verdict: Verdict;
}

/** The record of one finished search; candidates in the order they were opened, whatever order they ended in. */
export interface SearchOutcome extends SearchTask, SearchCost {
  readonly candidates: readonly Candidate[];
  readonly judgements: readonly Judgement[];
  /** Index into `candidates`; undefined when none was selected. */
  readonly chosen: number | undefined;
  readonly reason: string;
}

/** Runs a path's remaining steps. */
export async function runToEnd(context: SearchContext, path: Path): Promise<void> {
  while (!path.done) await context.advance(path);
}

/** Every prompt `count` times, attempts 0 to count - 1. */
export function* attempts(prompts: Iterable<Prompt>, count: number): Generator<SearchTask> {
  for (const prompt of prompts) {
    for (let attempt = 0; attempt < count; attempt++) yield { prompt, attempt };
  }
}
