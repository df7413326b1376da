import { MOST } from "../config/limits.js";
import { ConfigError } from "../errors.js";
import type { ExecutorChoice } from "../runner/executors/open-executor.js";
import { number, oneOf, text } from "./command.js";

/** Who computes the shards of a run. */
export const EXECUTOR_FLAGS = {
  executor: oneOf("who computes: this machine, or a Ray cluster", ["local", "ray"], "local"),
  workers: number(
    "worker processes; without it the pipeline's, or as many as fit a cluster",
    { least: 1, most: MOST.workers },
    null,
  ),
  address: text("head of the Ray cluster, such as http://head:8265", "url", null),
} as const;

/** Throws ConfigError when the flags do not fit together. */
export function executorOf(flags: {
  readonly executor: "local" | "ray";
  readonly workers: number | null;
  readonly address: string | null;
}): ExecutorChoice {
  const { executor, workers, address } = flags;
  if (executor === "local") {
    if (address === null) return { kind: "local", workers };
    throw new ConfigError("--address names a Ray cluster: expected --executor ray beside it.");
  }
  if (address === null) {
    throw new ConfigError(
      "--executor ray: expected --address with the head of a cluster, such as http://head:8265.",
    );
  }
  return { kind: "ray", address: checkedAddress(address), workers };
}

function checkedAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href.replace(/\/+$/, "");
  throw new ConfigError(
    `Expected --address to be the dashboard of a Ray head, such as http://head:8265, got "${address}".`,
  );
}
