import type { ModelOptions } from "../adapters/onnx/model.js";
import type { ModelsConfig } from "../config/schema/models.js";
import { BUNDLED_FAMILY, bundledFamily, nextTokenFamily } from "./bundled-family.js";
import { openDrawnFamily } from "./drawn/family.js";
import type { Family } from "./family.js";
import { openTorchFamily, type TorchFamilyOptions } from "./torch-family.js";

/** The family that a pipeline's settings name. Its processes start with the first model that is opened. */
export function openFamily(models: ModelsConfig, options: TorchFamilyOptions & ModelOptions = {}): Family {
  const { threads, ...serving } = options;
  if ("textTokenizer" in models) return openTorchFamily(models, serving);
  if (models.family === "diffusers" || models.family === "python") return openDrawnFamily(models, serving);
  if (models.family === "bundled-next-token")
    return nextTokenFamily(threads === undefined ? {} : { threads });
  return threads === undefined ? BUNDLED_FAMILY : bundledFamily({ threads });
}
