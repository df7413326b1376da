import type { ModelsConfig } from "../config/models-schema.js";
import { BUNDLED_FAMILY } from "./bundled-family.js";
import type { Family } from "./family.js";
import { openShowO, type ShowOOptions } from "./show-o.js";

/** The family that a pipeline's settings name. Its processes start with the first model that is opened. */
export function openFamily(models: ModelsConfig, options: ShowOOptions = {}): Family {
  return models.family === "show-o" ? openShowO(models, options) : BUNDLED_FAMILY;
}
