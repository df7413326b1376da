import type { Candidate } from "../../records/candidate.js";
import type { ImageHandle } from "../../records/image.js";
import type { Prompt } from "../../records/prompt.js";
import type { Correction, Path, Sampler } from "../../records/seams.js";
import type { Question, Verdict } from "../../records/verdict.js";
import type {
  Judgement,
  SearchContext,
  SearchCost,
  SearchOutcome,
  SearchTask,
  Selection,
  Strategy,
} from "../strategy.js";
import type { Requests } from "./requests.js";

/** What a strategy gets from a request about a path that it has finished or dropped meanwhile. */
export class PathEnded extends Error {
  constructor(promptText: string) {
    super(`A path of "${promptText}" was finished or dropped.`);
  }
}

/** One task's search in flight: the strategy's context, and the books kept for its outcome. */
export class TaskSearch implements SearchContext {
  readonly prompt: Prompt;
  readonly attempt: number;
  readonly steps: number;
  readonly evaluationsPerStep: number;
  readonly #sampler: Sampler;
  readonly #requests: Requests;
  /** In the order they were opened. */
  readonly #paths: Path[] = [];
  readonly #ended = new Map<Path, Candidate>();
  readonly #judgements = new Map<Path, Omit<Judgement, "candidate">[]>();
  readonly #advancing = new Set<Path>();
  #judgeCalls = 0;

  constructor({ prompt, attempt }: SearchTask, sampler: Sampler, requests: Requests) {
    this.prompt = prompt;
    this.attempt = attempt;
    this.steps = sampler.settings.steps;
    this.evaluationsPerStep = sampler.evaluationsPerStep;
    this.#sampler = sampler;
    this.#requests = requests;
  }

  /** Runs the strategy to its end. Paths it left open are dropped, also when it throws. */
  async run(strategy: Strategy): Promise<SearchOutcome> {
    try {
      const selection = await strategy.search(this);
      this.#dropOpenPaths("left open when the search ended");
      await this.#sampler.settle?.();
      return this.#outcome(selection, strategy.name);
    } finally {
      this.#dropOpenPaths("the search was stopped");
    }
  }

  get spent(): SearchCost {
    return { nfe: this.#paths.reduce((sum, path) => sum + path.nfe, 0), judgeCalls: this.#judgeCalls };
  }

  open(seed: number, correction?: Correction): Path {
    return this.#keep(this.#sampler.open(this.prompt, seed, correction));
  }

  fork(path: Path, seed: number, remask: number): Path {
    return this.#keep(this.#sampler.fork(path, seed, remask));
  }

  neighbour(path: Path, seed: number, distance: number): Path {
    const near = this.#sampler.neighbour?.(path, seed, distance);
    return this.#keep(near ?? this.#sampler.fork(path, seed, distance));
  }

  async advance(path: Path): Promise<void> {
    this.#refuseEnded(path);
    if (path.done) throw new Error(`A path of "${this.prompt.text}" has no steps left to advance.`);
    if (this.#advancing.has(path)) throw new Error(`A path of "${this.prompt.text}" is advancing already.`);
    this.#advancing.add(path);
    try {
      await this.#requests.advance(path);
    } finally {
      this.#advancing.delete(path);
    }
  }

  async preview(path: Path): Promise<ImageHandle> {
    this.#refuseEnded(path);
    return this.#requests.preview(path);
  }

  async ask(question: Question, path: Path): Promise<Verdict> {
    const step = path.step;
    const image = await this.preview(path);
    const verdict = await this.#requests.ask(question, path, { prompt: this.prompt, image });
    this.#judgeCalls += 1;
    this.#judgements.set(path, [...(this.#judgements.get(path) ?? []), { step, question, verdict }]);
    return verdict;
  }

  finish(path: Path): Candidate {
    return this.#end(path, this.#sampler.finish([path]));
  }

  drop(path: Path, reason: string): Candidate {
    return this.#end(path, this.#sampler.drop([path], reason));
  }

  #keep(path: Path): Path {
    this.#paths.push(path);
    return path;
  }

  #end(path: Path, [candidate]: readonly Candidate[]): Candidate {
    this.#ended.set(path, candidate as Candidate);
    this.#requests.withdraw(path, new PathEnded(this.prompt.text));
    return candidate as Candidate;
  }

  #refuseEnded(path: Path): void {
    if (this.#ended.has(path)) throw new PathEnded(this.prompt.text);
  }

  #dropOpenPaths(reason: string): void {
    for (const path of this.#paths) if (!this.#ended.has(path)) this.drop(path, reason);
  }

  #outcome({ chosen, reason }: Selection, strategy: string): SearchOutcome {
    const candidates = this.#paths.map((path) => this.#ended.get(path) as Candidate);
    const index = chosen === undefined ? undefined : candidates.indexOf(chosen);
    if (index === -1) throw new Error(`Strategy ${strategy} chose a candidate that is not its own.`);
    const judgements = this.#paths.flatMap((path, candidate) =>
      (this.#judgements.get(path) ?? []).map((judgement) => ({ candidate, ...judgement })),
    );
    const { prompt, attempt, spent } = this;
    return { prompt, attempt, ...spent, candidates, judgements, chosen: index, reason };
  }
}
