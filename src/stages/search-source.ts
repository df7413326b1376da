import type { Candidate, SamplerSettings } from "../records/candidate.js";
import type { Judge, Sampler } from "../records/seams.js";
import { search } from "../search/scheduler.js";
import { runToEnd, type SearchTask, type Strategy } from "../search/strategy.js";
import type { CandidateSource, Wanted } from "./obtain.js";

/**
 * Candidates sampled by a checkpoint, many paths at once. The sampler is opened when the first candidate is really
 * needed, and shared by all later calls.
 */
export function searchSource(params: {
  /** Identity of the checkpoint that `open` opens. */
  readonly checkpoint: string;
  readonly settings: SamplerSettings;
  readonly open: () => Promise<Sampler>;
  readonly signal?: AbortSignal;
}): CandidateSource & { close(): Promise<void> } {
  const { checkpoint, settings, signal } = params;
  let opened: Promise<Sampler> | undefined;
  async function* outcomes(tasks: Iterable<SearchTask>, strategy: Strategy, judge?: Judge) {
    opened ??= params.open();
    const sampler = await opened;
    // A signal of its own, so that listeners of finished searches do not pile up on the run's.
    const stop = signal ? { signal: AbortSignal.any([signal]) } : {};
    yield* search(tasks, { sampler, strategy, ...(judge ? { judge } : {}), ...stop });
  }
  return {
    checkpoint,
    settings,
    search: outcomes,
    async sample(wanted, onSampled) {
      const tasks = wanted.map(({ prompt }, attempt) => ({ prompt, attempt }));
      const candidates: Candidate[] = [];
      for await (const outcome of outcomes(tasks, oneOfEach(wanted))) {
        candidates.push(outcome.candidates[0] as Candidate);
        onSampled(1);
      }
      return candidates;
    },
    async close() {
      await (await opened)?.close();
    },
  };
}

/** One whole path for each wanted candidate; a task's attempt is its index. */
function oneOfEach(wanted: readonly Wanted[]): Strategy {
  return {
    name: "plain",
    async search(context) {
      const path = context.open((wanted[context.attempt] as Wanted).seed);
      await runToEnd(context, path);
      return { chosen: context.finish(path), reason: "the only one sampled" };
    },
  };
}
