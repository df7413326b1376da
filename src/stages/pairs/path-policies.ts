import type { StageRow, Store } from "../../adapters/store/index.js";
import type { MiningConfig } from "../../config/schema/round.js";
import { ConfigError } from "../../errors.js";
import { needsTokens } from "./mine.js";

/** Throws ConfigError where a policy compares what pictures do not have: tokens, or the steps of a path. */
export function refusePathPolicies(store: Store, candidates: StageRow, mining: MiningConfig): void {
  const need =
    mining.policy === "per-step" ? "the steps of paths" : needsTokens(mining) ? "token grids" : undefined;
  if (need === undefined) return;
  const [first] = store.candidates.iterate(candidates.id);
  const isPath = first?.settings !== undefined;
  if (first?.picture === undefined || (isPath && mining.policy === "per-step")) return;
  const cure =
    mining.policy === "per-step"
      ? "Choose another, as --policy best-versus-worst"
      : "Give --nearest requirements, or choose another, as --policy best-versus-worst";
  throw new ConfigError(
    `The policy ${mining.policy} compares ${need}: expected candidates that were sampled here, got ${candidates.id}, which are pictures. ${cure}.`,
  );
}
