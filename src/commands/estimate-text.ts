import type { RunEstimate } from "../runner/scaling/estimate-run.js";
import { duration } from "./plain-output.js";

const LIMITS = {
  shards: "the shards themselves: more workers would help",
  alone: "what workers do not share (mining, training, comparing)",
  "last shard": "the last shards: smaller ones (shardImages) would help",
  coordinator: "the coordinator, which commits one shard at a time: larger shards would help",
} as const;

/** What is left of a run, in words. */
export function describeEstimate(estimate: RunEstimate): string {
  const { workers, seconds, gpuHours, storage, unmeasured, limit } = estimate;
  const missing =
    unmeasured.length > 0
      ? `Not measured in this workspace yet, and left out: ${unmeasured.join(", ")}.`
      : "";
  if (seconds === 0) return missing;
  const cards = gpuHours > 0 ? `, ${gpuHours.toFixed(1)} GPU hours` : "";
  const what = `About ${duration(seconds)} on ${workers} worker(s)${cards}, ${(storage / 1e6).toFixed(1)} MB of files.`;
  return [`${what} What takes longest: ${LIMITS[limit]}.`, missing].filter((line) => line !== "").join("\n");
}
