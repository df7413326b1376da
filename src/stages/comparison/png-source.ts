import { ConfigError } from "../../errors.js";

/** A base64 data URI whose first bytes are PNG's signature, and nothing that could leave its attribute. */
const PNG_SOURCE = /^data:image\/png;base64,iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/;

/** Throws a ConfigError unless `source` is a PNG data URI. */
export function checkPng(source: string, candidateId: string): void {
  if (PNG_SOURCE.test(source)) return;
  throw new ConfigError(
    `Expected a PNG data URI as the image of candidate ${candidateId}, got "${source.slice(0, 40)}"`,
  );
}
