import type { Candidate, Fork, SamplerSettings } from "../../records/candidate.js";
import { closeAll } from "../../records/closing.js";
import type { Judge, Path, Sampler } from "../../records/seams.js";
import { search } from "../../search/scheduling/scheduler.js";
import { runToEnd, type SearchContext, type SearchTask, type Strategy } from "../../search/strategy.js";
import type { CandidateSource, Wanted } from "./wanted-candidates.js";

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
      const groups = pathsOf(wanted);
      const tasks = groups.map(([first], attempt) => ({ prompt: (first as Wanted).prompt, attempt }));
      const found = new Map<Wanted, Candidate>();
      const strategy = onePathEach(groups, (one, candidate) => found.set(one, candidate));
      for await (const { attempt } of outcomes(tasks, strategy)) {
        onSampled((groups[attempt] as Wanted[]).map((one) => found.get(one) as Candidate));
      }
      return wanted.map((one) => found.get(one) as Candidate);
    },
    close: () => closeAll([opened]),
  };
}

/** The wanted candidates of one prompt and seed together: they share the first steps of one path. */
function pathsOf(wanted: readonly Wanted[]): Wanted[][] {
  const groups = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const key = JSON.stringify([one.prompt.id, one.seed]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** One path for each group, left by its forks at their steps; a task's attempt is its group's index. */
function onePathEach(
  groups: readonly (readonly Wanted[])[],
  onEnd: (one: Wanted, candidate: Candidate) => void,
): Strategy {
  return {
    name: "plain",
    async search(context) {
      const group = groups[context.attempt] as readonly Wanted[];
      const branches = await branchesOf(context, group);
      await Promise.all([...branches.values()].map((path) => runToEnd(context, path)));
      const ended = new Map([...new Set(branches.values())].map((path) => [path, context.finish(path)]));
      for (const [one, path] of branches) onEnd(one, ended.get(path) as Candidate);
      return { chosen: [...ended.values()][0], reason: "the only one sampled" };
    },
  };
}

/** A path for each wanted candidate, which has taken the steps that it shares with the others. */
async function branchesOf(context: SearchContext, group: readonly Wanted[]): Promise<Map<Wanted, Path>> {
  const [{ seed }] = group as [Wanted];
  const path = context.open(seed);
  const branches = new Map<Wanted, Path>();
  const forked = group.filter(({ fork }) => fork !== undefined);
  for (const one of forked.sort((left, right) => stepOf(left) - stepOf(right))) {
    while (path.step < stepOf(one)) await context.advance(path);
    const { seed, remask } = one.fork as Fork;
    branches.set(one, context.fork(path, seed, remask));
  }
  const whole = group.filter(({ fork }) => fork === undefined);
  for (const one of whole) branches.set(one, path);
  if (whole.length === 0) context.drop(path, "only its forks were wanted");
  return branches;
}

function stepOf({ fork }: Wanted): number {
  return fork?.step ?? 0;
}
