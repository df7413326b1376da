import { join } from "node:path";
import type { Store } from "../../adapters/store/index.js";
import { freezeConfig, type RunConfig } from "../../config/freeze-config.js";
import type { ModelsConfig } from "../../config/schema/models.js";
import type { Family } from "../../families/family.js";
import { openModelPlaces } from "../../families/model-places.js";
import { openFamily } from "../../families/open-family.js";
import { closingAfter } from "../../records/closing.js";
import type { Progress } from "../../records/progress.js";

/**
 * Works with the family of some models, ends its processes afterwards, and says what they cut. A family that is given is
 * used as it is, and ended by whoever gave it.
 */
export async function withFamily<Result>(
  options: {
    readonly family?: Family;
    readonly workspace: string;
    readonly progress?: Progress;
    readonly signal?: AbortSignal;
  },
  models: ModelsConfig,
  work: (family: Family) => Promise<Result>,
): Promise<Result> {
  if (options.family !== undefined) return work(options.family);
  const { progress, signal } = options;
  const places = openModelPlaces({ ...(progress ? { progress } : {}), ...(signal ? { signal } : {}) });
  const family = openFamily(models, { places, logFile: join(options.workspace, "serving.log") });
  try {
    return await closingAfter(
      () => work(family),
      () => [family],
    );
  } finally {
    // Also of work that failed: what was cut may be why.
    for (const note of family.cuts?.notes() ?? []) progress?.note(note);
  }
}

/** The models of the workspace's newest run; the bundled ones where no run says, or there is no workspace. */
export function modelsOf(store: Store | null): ModelsConfig {
  for (const { config } of store?.runs.list() ?? []) {
    const { settings } = config as { settings?: Pick<RunConfig, "models"> };
    if (settings !== undefined) return settings.models;
  }
  return freezeConfig({ name: "bundled" }).models;
}
