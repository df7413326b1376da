import { ConfigError } from "../errors.js";
import type { SamplerSettings } from "../records/candidate.js";
import { maskedCounts } from "./schedule.js";

/** `seed` again. Throws ConfigError unless it is an unsigned 32-bit integer. */
export function checkedSeed(seed: number): number {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new ConfigError(`Seed: expected a whole number from 0 to 4294967295, got ${seed}.`);
  }
  return seed;
}

/** Masked tokens after each step (maskedCounts). Throws ConfigError for settings that cannot be run. */
export function checkedCounts(tokens: number, settings: SamplerSettings): number[] {
  const { guidanceScale, temperature } = settings;
  if (!Number.isFinite(guidanceScale)) {
    throw new ConfigError(`Guidance scale: expected a number, got ${guidanceScale}.`);
  }
  if (!(temperature >= 0 && Number.isFinite(temperature))) {
    throw new ConfigError(`Re-masking temperature: expected a number of at least 0, got ${temperature}.`);
  }
  try {
    return maskedCounts(tokens, settings.steps);
  } catch (cause) {
    throw new ConfigError((cause as Error).message, { cause });
  }
}
