import type { Candidate, SamplerSettings } from "../records/candidate.js";
import type { GridImage, ImageHandle } from "../records/image.js";
import type { Prompt } from "../records/prompt.js";
import type { Judge, JudgeItem, Path, Sampler } from "../records/seams.js";
import type { Question, Verdict } from "../records/verdict.js";
import { candidateSeeds } from "./seeds.js";
import type { SearchContext, SearchOutcome, Strategy } from "./strategy.js";

/** Runs N paths to their ends and asks everything at every step, so that any thresholds can be tried on the verdicts. */
export function askEverything(candidates: number, seed: number): Strategy {
  const walk = async (context: SearchContext, own: number) => {
    const path = context.open(own);
    for (;;) {
      await context.advance(path);
      if (path.done) break;
      await Promise.all([context.ask("clarity", path), context.ask("potential", path)]);
    }
    await context.ask("outcome", path);
    return context.finish(path);
  };
  return {
    name: "ask-everything",
    questions: ["clarity", "potential", "outcome"],
    async search(context) {
      await Promise.all(candidateSeeds(seed, context, candidates).map((own) => walk(context, own)));
      return { chosen: undefined, reason: "everything was asked" };
    },
  };
}

/** Recorded searches as a sampler and a judge: strategies run on them as they would on the models, in no time. */
export class Recording {
  readonly #candidates = new Map<string, Candidate>();
  readonly #verdicts = new Map<string, Verdict>();
  readonly #previews = new WeakMap<ImageHandle, string>();

  constructor(
    readonly searches: readonly SearchOutcome[],
    readonly settings: SamplerSettings,
    readonly evaluationsPerStep: number,
  ) {
    for (const { prompt, candidates, judgements } of searches) {
      for (const candidate of candidates) this.#candidates.set(keyOf(prompt, candidate.seed), candidate);
      for (const { candidate, step, question, verdict } of judgements) {
        const key = keyOf(prompt, (candidates[candidate] as Candidate).seed);
        this.#verdicts.set(`${key} ${step} ${question}`, verdict);
      }
    }
  }

  judge(): Judge {
    return {
      ...{ identity: "recorded", questions: ["clarity", "potential", "outcome"], batch: 64 },
      ask: async (question, items) => items.map((item) => this.#answer(question, item)),
      close: async () => undefined,
    };
  }

  sampler(): Sampler {
    const sampler = {
      ...{ settings: this.settings, checkpoint: "recorded", slots: 64, nfe: 0 },
      evaluationsPerStep: this.evaluationsPerStep,
      open: (prompt: Prompt, seed: number): Path => ({ prompt, seed, step: 0, done: false, nfe: 0 }),
      advance: async (paths: readonly Path[]) => {
        for (const path of paths as Advancing[]) {
          path.step += 1;
          path.done = path.step === this.settings.steps;
          path.nfe += this.evaluationsPerStep;
          sampler.nfe += this.evaluationsPerStep;
        }
      },
      preview: async (paths: readonly Path[]) => paths.map((path) => this.#preview(path)),
      fork: (): Path => {
        throw new Error("A recorded path cannot fork.");
      },
      finish: (paths: readonly Path[]) => paths.map((path) => this.#candidate(path)),
      drop: (paths: readonly Path[], reason: string) =>
        paths.map(
          (path): Candidate => ({ ...this.#candidate(path), steps: path.step, status: "dropped", reason }),
        ),
      close: async () => undefined,
    };
    return sampler;
  }

  #preview(path: Path): GridImage {
    const image = {
      tokens: this.#candidate(path).tokens,
      pixels: () => Promise.reject(new Error("not recorded")),
    };
    this.#previews.set(image, `${keyOf(path.prompt, path.seed)} ${path.step}`);
    return image;
  }

  #candidate({ prompt, seed }: Path): Candidate {
    const found = this.#candidates.get(keyOf(prompt, seed));
    if (found === undefined) throw new Error(`Seed ${seed} of "${prompt.text}" was not recorded.`);
    return found;
  }

  #answer(question: Question, { image }: JudgeItem): Verdict {
    const found = this.#verdicts.get(`${this.#previews.get(image)} ${question}`);
    if (found === undefined) throw new Error(`${question} was not asked at ${this.#previews.get(image)}.`);
    return found;
  }
}

interface Advancing extends Path {
  step: number;
  done: boolean;
  nfe: number;
}

function keyOf(prompt: Prompt, seed: number): string {
  return `${prompt.id} ${seed}`;
}
