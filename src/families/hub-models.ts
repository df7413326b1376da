import { cachedModel, type HubEnvironment, hubEnvironment, resolveModel } from "../adapters/hub/index.js";
import { PINNED, releasedModel } from "../config/released-models.js";
import type { Progress } from "../records/progress.js";

/** Where released models are looked for. */
export interface HubModels {
  /** Absolute folder of a model, by folder or by name on the Hub; fetched when it is not there. Throws HubError. */
  resolve(name: string): Promise<string>;
  /** Whether it is on this machine, whole. Throws HubError for what can be no name. */
  has(name: string): Promise<boolean>;
}

/** Models in the Hub's cache on this machine, at the commits that are known to work; of known tokenizers, their words only. */
export function openHubModels(
  options: { readonly progress?: Progress; readonly signal?: AbortSignal } = {},
  environment: () => HubEnvironment = hubEnvironment,
): HubModels {
  const requestFor = (name: string) => ({
    ...options,
    pins: PINNED,
    part: releasedModel(name)?.part ?? ("model" as const),
  });
  return {
    resolve: (name) => resolveModel(name, environment(), requestFor(name)),
    has: async (name) => cachedModel(name, environment(), requestFor(name)) !== undefined,
  };
}
