import { createHash } from "node:crypto";
import type { Corrected, Fork, SamplerSettings } from "../records/candidate.js";

/** Hexadecimal digits of a candidate's id. */
export const CANDIDATE_ID_DIGITS = 24;

/** Everything a path's tokens depend on. */
export interface CandidateOrigin {
  readonly checkpoint: string;
  readonly promptText: string;
  readonly settings: SamplerSettings;
  /** Of the first ancestor when the path was forked. */
  readonly seed: number;
  readonly forks?: readonly Fork[];
  readonly correction?: Corrected;
  /** Steps run when the path was dropped; absent when it was finished. */
  readonly droppedAt?: number;
}

/** The id of the candidate that this origin leads to: first hex digits of a sha256. */
export function candidateId(given: CandidateOrigin): string {
  const { checkpoint, promptText, settings, seed, forks = [], correction, droppedAt } = given;
  const { steps, guidanceScale, temperature, schedule } = settings;
  const history = forks.map((fork) => [fork.step, fork.remask, fork.seed]);
  const origin: unknown[] = [
    checkpoint,
    promptText,
    steps,
    guidanceScale,
    temperature,
    schedule,
    seed,
    history,
  ];
  if (schedule === "raster") origin.push({ topK: settings.topK ?? null, topP: settings.topP ?? 1 });
  if (schedule === "denoising") {
    const { scheduler = "pipeline", width = null, height = null } = settings;
    origin.push({ scheduler, width, height });
  }
  if (correction !== undefined) origin.push({ tokens: correction.tokens, reasons: correction.reasons });
  if (droppedAt !== undefined) origin.push({ droppedAt });
  return createHash("sha256").update(JSON.stringify(origin)).digest("hex").slice(0, CANDIDATE_ID_DIGITS);
}
