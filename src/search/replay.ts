import { CheckpointError } from "../errors.js";
import type { Candidate, Corrected, SamplerSettings } from "../records/candidate.js";
import type { ImageHandle } from "../records/image.js";
import type { Prompt } from "../records/prompt.js";
import type { Correction, Path, Sampler } from "../records/seams.js";

/** A candidate sampled again, and where it differs from the stored one. */
export interface Replay {
  readonly candidate: Candidate;
  readonly same: boolean;
  /** Positions whose token or committing step differs; none of a picture. */
  readonly differing: readonly number[];
  /** Of a picture: how far its pixels are apart. */
  readonly apart?: PixelsApart;
}

/** Levels of 0..255 between two pictures: on average, and the most of any pixel's channel. */
export interface PixelsApart {
  readonly mean: number;
  readonly most: number;
}

/**
 * Samples a stored candidate again from its seed, correction and forks. The sampler must have its checkpoint and settings.
 * `picture` is what is compared where it is no token grid.
 * Throws CheckpointError when it does not.
 */
export async function replay(
  sampler: Sampler,
  stored: Candidate,
  prompt: Prompt,
  picture?: ImageHandle,
): Promise<Replay> {
  refuseOtherOrigin(sampler, stored);
  let path = sampler.open(prompt, stored.seed, stored.correction && correctionOf(stored.correction));
  for (const { step, remask, seed } of stored.forks ?? []) {
    await advanceTo(sampler, path, step);
    const fork = sampler.fork(path, seed, remask);
    sampler.drop([path], "forked");
    path = fork;
  }
  await advanceTo(sampler, path, stored.steps);
  const apart =
    picture && stored.steps > 0 ? await pixelsApart(picture, await sampler.preview([path])) : undefined;
  const [candidate] =
    stored.status === "finished" ? sampler.finish([path]) : sampler.drop([path], stored.reason);
  await sampler.settle?.();
  if (apart !== undefined)
    return { candidate: candidate as Candidate, same: apart.most === 0, differing: [], apart };
  const differing = differences(stored, candidate as Candidate);
  return { candidate: candidate as Candidate, same: differing.length === 0, differing };
}

/** A correction as a sampler takes it, from what a candidate keeps of it. */
export function correctionOf({ tokens, reasons }: Corrected): Correction {
  const pixels = () =>
    Promise.reject(new Error("A replay knows the tokens of the corrected image, not its pixels."));
  return { image: { tokens: Uint16Array.from(tokens), pixels }, reasons };
}

async function pixelsApart(stored: ImageHandle, [again]: readonly ImageHandle[]): Promise<PixelsApart> {
  const [one, other] = [await stored.pixels(), await (again as ImageHandle).pixels()];
  const known = one.width === other.width && one.height === other.height;
  if (!known) return { mean: 255, most: 255 };
  let [sum, most] = [0, 0];
  for (const [at, level] of one.data.entries()) {
    const apart = Math.abs(level - (other.data[at] as number));
    sum += apart;
    most = Math.max(most, apart);
  }
  return { mean: sum / one.data.length, most };
}

async function advanceTo(sampler: Sampler, path: Path, step: number): Promise<void> {
  while (path.step < step) await sampler.advance([path]);
}

function differences(stored: Candidate, again: Candidate): number[] {
  const positions = Array.from(stored.tokens.keys());
  return positions.filter(
    (position) =>
      stored.tokens[position] !== again.tokens[position] ||
      stored.committedAt[position] !== again.committedAt[position],
  );
}

function refuseOtherOrigin({ checkpoint, settings }: Sampler, stored: Candidate): void {
  const [expected, got] = [describe(stored.checkpoint, stored.settings), describe(checkpoint, settings)];
  if (expected === got) return;
  throw new CheckpointError(
    `Candidate ${stored.id} was sampled with ${expected}, but the sampler has ${got}. ` +
      "Open the candidate's own checkpoint with its own settings.",
  );
}

function describe(checkpoint: string, settings: SamplerSettings): string {
  const { steps, guidanceScale, temperature, schedule, topK, topP } = settings;
  if (schedule === "denoising") {
    const { scheduler, width, height } = settings;
    return `checkpoint ${checkpoint}, ${steps} steps of ${scheduler}, guidance ${guidanceScale}, ${width ?? "own"} x ${height ?? "own"} pixels`;
  }
  const filters = schedule === "raster" ? `, top-k ${topK ?? "none"}, top-p ${topP ?? 1}` : "";
  return `checkpoint ${checkpoint}, ${steps} steps, guidance ${guidanceScale}, temperature ${temperature}, schedule ${schedule}${filters}`;
}
