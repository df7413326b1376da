import { createHash } from "node:crypto";
import type { SamplerSettings } from "../../records/candidate.js";

export interface StageKey {
  readonly runId: string;
  readonly round: number;
  /** Lower-case letters, digits and dashes: `candidates`, `scores`, `evaluation-best-of-8`. */
  readonly name: string;
  readonly inputsHash: string;
}

/** First 24 hex digits of sha256 over the two candidate ids. */
export function pairId(chosenId: string, rejectedId: string): string {
  return sha256(`${chosenId}\n${rejectedId}`).slice(0, 24);
}

/** First 16 hex digits of sha256 over run, round, name and inputs hash. */
export function stageId(stage: StageKey): string {
  return sha256(JSON.stringify([stage.runId, stage.round, stage.name, stage.inputsHash])).slice(0, 16);
}

/** First 16 hex digits of sha256 over the settings with their keys sorted. */
export function settingsHash(settings: SamplerSettings): string {
  const entries = Object.entries(settings).sort(([left], [right]) => (left < right ? -1 : 1));
  return sha256(JSON.stringify(entries)).slice(0, 16);
}

/** First 16 hex digits of sha256 over the tokens as little-endian 16-bit integers: equal for identical images. */
export function gridHash(tokens: Uint16Array): string {
  const bytes = new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

/** Lower-case hex sha256 over pair ids, one a line. They must come sorted. */
export function pairSetHash(sortedIds: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const id of sortedIds) hash.update(`${id}\n`);
  return hash.digest("hex");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
