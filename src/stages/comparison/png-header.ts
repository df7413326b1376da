import { ConfigError } from "../../errors.js";

const PREFIX = "data:image/png;base64,";
const SIGNATURE = "89504e470d0a1a0a";

/** Size in pixels of a PNG data URI. Throws a ConfigError when it is anything else. */
export function readPng(source: string, candidateId: string): { width: number; height: number } {
  const start = source.startsWith(PREFIX)
    ? Buffer.from(source.slice(PREFIX.length, PREFIX.length + 32), "base64")
    : Buffer.alloc(0);
  if (start.length < 24 || start.subarray(0, 8).toString("hex") !== SIGNATURE) {
    throw new ConfigError(
      `Expected a PNG data URI as the image of candidate ${candidateId}, got "${source.slice(0, 40)}"`,
    );
  }
  return { width: start.readUInt32BE(16), height: start.readUInt32BE(20) };
}
