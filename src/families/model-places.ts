import {
  cachedModel,
  type HubEnvironment,
  hubEnvironment,
  readModelName,
  resolveModel,
} from "../adapters/hub/index.js";
import { PINNED, releasedModel } from "../config/released-models.js";
import type { Progress } from "../records/progress.js";
import { ROUND_REFERENCE } from "../stages/checkpoints/find-checkpoint.js";

/** Where released models are looked for. */
export interface ModelPlaces {
  /** Absolute folder of a model, by folder or by name on the Hub, fetched when it is not there. Throws HubError when it cannot be had. */
  resolve(name: string): Promise<string>;
  /** Whether it is on this machine, whole. */
  has(name: string): Promise<boolean>;
}

/** OWNER/NAME, or a folder of such a repository, perhaps with @REVISION; a round of a run looks alike and is none. */
export function isHubName(name: string): boolean {
  return readModelName(name) !== undefined && !ROUND_REFERENCE.test(name);
}

/** Those of the names that are models on the Hub and not on this machine yet, each once. */
export async function missingOf(
  places: ModelPlaces,
  names: readonly (string | null | undefined)[],
): Promise<string[]> {
  const released = [...new Set(names.filter((name) => typeof name === "string").filter(isHubName))];
  const here = await Promise.all(released.map((name) => places.has(name)));
  return released.filter((_, index) => !here[index]);
}

/** Folders, and the Hub's cache on this machine. Known models come at known commits, known tokenizers without the rest. */
export function openModelPlaces(
  options: { readonly progress?: Progress; readonly signal?: AbortSignal } = {},
  environment: () => HubEnvironment = hubEnvironment,
): ModelPlaces {
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
