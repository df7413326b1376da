import type { Candidate } from "../records/candidate.js";
import type { ImageHandle } from "../records/image.js";
import type { Path } from "../records/seams.js";
import { candidateSeed } from "./seeds.js";
import { runToEnd, type SearchContext, type SearchOutcome, type Strategy } from "./strategy.js";

/** A path as it stood after a step. */
export interface State {
  /** Steps run, from 1. */
  readonly step: number;
  /** What the path predicted then; the whole image at the end. */
  readonly preview: ImageHandle;
  /** Ends of other paths that went on from here; empty where none were tried. */
  readonly completions: readonly Candidate[];
}

/** One path, every step of it. */
export interface Trajectory {
  readonly candidate: Candidate;
  /** After step 1, 2, ... to the end. */
  readonly states: readonly State[];
}

export interface TrajectoryOptions {
  readonly seed: number;
  /** Ends tried from a state (k of Math-Shepherd, arXiv 2312.08935; 4 in arXiv 2501.13926). */
  readonly completions: number;
  /** States of a path that are completed, picked by its seed; never the last. */
  readonly completedStates: number;
}

/** A strategy that runs one path a task and looks at every step, and what it saw. */
export interface TrajectorySearch extends Strategy {
  /** The trajectory behind an outcome, given once. */
  take(outcome: SearchOutcome): Trajectory;
}

/** What reward models learn from: whole paths with every preview, and what else could have come of some of their states. */
export function trajectories(options: TrajectoryOptions): TrajectorySearch {
  const found = new Map<Candidate, Trajectory>();
  return {
    name: "trajectories",
    async search(context) {
      const trajectory = await follow(context, options);
      found.set(trajectory.candidate, trajectory);
      return { chosen: trajectory.candidate, reason: "the path itself; nothing was judged" };
    },
    take({ candidates, chosen = -1 }) {
      const trajectory = found.get(candidates[chosen] as Candidate);
      if (trajectory === undefined) throw new Error("This outcome's trajectory was taken already.");
      found.delete(trajectory.candidate);
      return trajectory;
    },
  };
}

async function follow(context: SearchContext, options: TrajectoryOptions): Promise<Trajectory> {
  const path = context.open(candidateSeed(options.seed, context, 0));
  const completed = completedSteps(context, options);
  const states: Promise<State>[] = [];
  while (!path.done) {
    await context.advance(path);
    const { step } = path;
    const preview = await context.preview(path);
    const forks = completed.has(step) ? openForks(context, path, options) : [];
    const state = complete(context, forks).then((completions) => ({ step, preview, completions }));
    // Awaited below; until then the path may fail first.
    state.catch(() => undefined);
    states.push(state);
  }
  const ended = await Promise.all(states);
  return { candidate: context.finish(path), states: ended };
}

/** The forks must be made before the path moves on; they run to their ends beside it. */
function openForks(context: SearchContext, path: Path, { seed, completions }: TrajectoryOptions): Path[] {
  const first = 1 + path.step * completions;
  return Array.from({ length: completions }, (_, index) =>
    context.fork(path, candidateSeed(seed, context, first + index), 0),
  );
}

async function complete(context: SearchContext, forks: readonly Path[]): Promise<Candidate[]> {
  await Promise.all(forks.map((fork) => runToEnd(context, fork)));
  return forks.map((fork) => context.finish(fork));
}

/** Which steps are completed: the first of all but the last, in an order that follows from the task. */
function completedSteps(context: SearchContext, { seed, completedStates }: TrajectoryOptions): Set<number> {
  const steps = Array.from({ length: context.steps - 1 }, (_, index) => index + 1);
  const ranked = steps.map((step) => ({ step, rank: candidateSeed(seed ^ COMPLETED, context, step) }));
  ranked.sort((one, other) => one.rank - other.rank);
  return new Set(ranked.slice(0, completedStates).map(({ step }) => step));
}

/** Sets the choice of steps apart from the paths' seeds. */
const COMPLETED = 0x5eed;
