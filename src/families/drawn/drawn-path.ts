import type { PathHolder } from "../../adapters/python/index.js";
import type { Fork } from "../../records/candidate.js";
import type { Pixels } from "../../records/image.js";
import type { Path } from "../../records/seams.js";

/** A path whose state a worker holds: prompt, seed and forks give it again when the worker is gone. */
export interface DrawnPath extends Path {
  readonly number: number;
  /** Of the first ancestor. */
  readonly origin: number;
  readonly forks: readonly Fork[];
  step: number;
  done: boolean;
  nfe: number;
  open: boolean;
  /** Of the loading that has its state; 0 where none has. */
  epoch: number;
  /** What it showed last, and after how many steps. */
  shown: { readonly step: number; readonly pixels: Pixels } | undefined;
}

/** Has the worker hold these paths as they are: those that it lacks begin anew and are led to where they were. */
export async function leadTo(paths: readonly DrawnPath[], holder: PathHolder): Promise<void> {
  const missing = paths.filter(({ epoch }) => epoch !== holder.epoch);
  if (missing.length > 0) await begin(missing, holder);
  for (const path of missing) await lead(path, holder);
}

async function begin(paths: readonly DrawnPath[], holder: PathHolder): Promise<void> {
  const numbers = paths.map(({ number }) => number);
  const prompts = paths.map(({ prompt }) => prompt.text);
  await holder.begin(
    numbers,
    prompts,
    paths.map(({ origin }) => origin),
  );
}

/** Takes a path that has begun to where it was: the same steps, the same forks. */
async function lead(path: DrawnPath, holder: PathHolder): Promise<void> {
  let at = 0;
  const advanceTo = async (step: number) => {
    for (; at < step; at++) await holder.advance([path.number]);
  };
  for (const fork of path.forks) {
    await advanceTo(fork.step);
    await holder.fork(forkRequest(path.number, path.number, fork));
    at = earlierStep(fork);
  }
  await advanceTo(path.step);
  path.epoch = holder.epoch;
}

export function forkRequest(path: number, source: number, fork: Fork) {
  const { step, seed, remask: share } = fork;
  return { path, source, step, earlier: earlierStep(fork), seed, share };
}

/** The steps that a fork has run: all but a share of those before it. */
export function earlierStep({ step, remask }: Pick<Fork, "step" | "remask">): number {
  return step - Math.round(remask * step);
}
