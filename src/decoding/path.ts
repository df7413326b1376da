import { CheckpointError } from "../errors.js";
import {
  type Candidate,
  type CandidateStatus,
  type Corrected,
  type Fork,
  NEVER_COMMITTED,
  type SamplerSettings,
} from "../records/candidate.js";
import type { Prompt } from "../records/prompt.js";
import { REASONS } from "../records/reasons.js";
import type { Correction, Path } from "../records/seams.js";
import { candidateId } from "./candidate-id.js";
import { gumbel, STREAMS, uniform } from "./randomness.js";

/** The state of one trajectory of a masked-token generator. */
export interface MaskedPath extends Path {
  step: number;
  done: boolean;
  nfe: number;
  /** False once finished or dropped. */
  open: boolean;
  /** Of the first ancestor. */
  readonly firstSeed: number;
  readonly forks: readonly Fork[];
  /** Absent when the path began from nothing. */
  readonly correction?: Corrected;
  /** Word ids, shape (text length,). */
  readonly text: ArrayLike<number>;
  /** Codebook indices, the mask id where masked, shape (tokens,). */
  readonly tokens: Uint16Array;
  /** Shape (tokens,); NEVER_COMMITTED where masked. */
  readonly committedAt: Uint8Array;
  /** The whole grid as predicted by the last step; undefined before the first. */
  predicted: Uint16Array | undefined;
}

/** A path before its first step. */
export function openPath(
  prompt: Prompt,
  seed: number,
  text: ArrayLike<number>,
  grid: Grid,
  correction?: Correction,
): MaskedPath {
  return {
    ...(correction ? { correction: corrected(correction) } : {}),
    prompt,
    seed,
    firstSeed: seed,
    forks: [],
    text,
    step: 0,
    done: false,
    nfe: 0,
    open: true,
    tokens: new Uint16Array(grid.tokens).fill(grid.mask),
    committedAt: new Uint8Array(grid.tokens).fill(NEVER_COMMITTED),
    predicted: undefined,
  };
}

/** Reasons in the order of their ids and each once, so that the same ones make the same candidate. */
function corrected({ image, reasons }: Correction): Corrected {
  return { tokens: Array.from(image.tokens), reasons: REASONS.filter((reason) => reasons.includes(reason)) };
}

/** The token grid of a generator: how many tokens, and the id that stands for "masked". */
export interface Grid {
  readonly tokens: number;
  readonly mask: number;
}

/**
 * Ends a step: takes over the draws, then leaves the `stayMasked` least confident of them masked.
 * Confidence is log_probability + temperature * gumbel; known tokens never change. Ties stay masked in row-major order.
 * `drawn` and `logProbability` have shape (tokens,).
 */
export function commitDraws(
  path: MaskedPath,
  drawn: Int32Array,
  logProbability: Float32Array,
  stayMasked: number,
  temperature: number,
): void {
  path.predicted = Uint16Array.from(drawn);
  const masked = positions(path, (committedAt) => committedAt === NEVER_COMMITTED);
  const confidence = masked.map((position) => {
    const noise =
      temperature === 0 ? 0 : temperature * gumbel(path.seed, path.step, position, STREAMS.gumbel);
    return checked((logProbability[position] as number) + noise);
  });
  const committed = ascending(masked, confidence).slice(stayMasked);
  for (const position of committed) {
    path.tokens[position] = drawn[position] as number;
    path.committedAt[position] = path.step;
  }
  path.step += 1;
}

/**
 * A copy of `path` under another seed, with a share of its committed tokens masked again (chosen by the new seed).
 * It goes back to the latest step at which `counts` (maskedCounts) has as many masked tokens.
 */
export function forkPath(
  path: MaskedPath,
  seed: number,
  remask: number,
  counts: readonly number[],
  mask: number,
): MaskedPath {
  const fork: MaskedPath = {
    ...path,
    seed,
    nfe: 0,
    forks: [...path.forks, { step: path.step, remask, seed }],
    tokens: path.tokens.slice(),
    committedAt: path.committedAt.slice(),
  };
  const committed = positions(path, (committedAt) => committedAt !== NEVER_COMMITTED);
  const order = committed.map((position) => uniform(seed, path.step, position, STREAMS.remask));
  const again = ascending(committed, order).slice(0, Math.round(remask * committed.length));
  for (const position of again) {
    fork.tokens[position] = mask;
    fork.committedAt[position] = NEVER_COMMITTED;
  }
  const masked = path.tokens.length - committed.length + again.length;
  while ((counts[fork.step] as number) < masked) fork.step -= 1;
  fork.done = masked === 0;
  // A kept token was there before the fork's next step, whenever it was drawn; before step 0 there is nothing earlier.
  const latest = Math.max(0, fork.step - 1);
  for (const position of positions(fork, (committedAt) => committedAt !== NEVER_COMMITTED)) {
    fork.committedAt[position] = Math.min(fork.committedAt[position] as number, latest);
  }
  return fork;
}

/** Closes a path of a sampler of this checkpoint and these settings. A path can be closed once. */
export function endPath(
  path: MaskedPath,
  sampler: { readonly checkpoint: string; readonly settings: SamplerSettings },
  status: CandidateStatus,
  reason: string,
): Candidate {
  path.open = false;
  const { prompt, firstSeed: seed, forks, correction, step: steps, nfe } = path;
  const origin = {
    checkpoint: sampler.checkpoint,
    settings: sampler.settings,
    seed,
    ...(forks.length > 0 ? { forks } : {}),
    ...(correction ? { correction } : {}),
  };
  const dropped = status === "dropped" ? { droppedAt: steps } : {};
  return {
    id: candidateId({ ...origin, ...dropped, promptText: prompt.text }),
    promptId: prompt.id,
    ...origin,
    tokens: path.predicted ?? path.tokens,
    committedAt: path.committedAt,
    steps,
    nfe,
    status,
    reason,
  };
}

/** 1 where committed, shape (tokens,). */
export function settledTokens(committedAt: Uint8Array): Uint8Array {
  return committedAt.map((step) => Number(step !== NEVER_COMMITTED));
}

function positions(path: MaskedPath, wanted: (committedAt: number) => boolean): number[] {
  const found: number[] = [];
  for (let position = 0; position < path.committedAt.length; position++) {
    if (wanted(path.committedAt[position] as number)) found.push(position);
  }
  return found;
}

/** `items` by rising `keys` (same length); equal keys keep their order. */
function ascending(items: readonly number[], keys: readonly number[]): number[] {
  const order = items.map((_, index) => index).sort((a, b) => (keys[a] as number) - (keys[b] as number));
  return order.map((index) => items[index] as number);
}

function checked(confidence: number): number {
  if (Number.isNaN(confidence)) {
    throw new CheckpointError(
      "The generator gave a log-probability that is not a number: its weights are damaged, or training diverged.",
    );
  }
  return confidence;
}
