import type { PipelineInput } from "./freeze-config.js";

/** A pipeline file's default export: returns its settings unchanged and lets the editor check them. */
export function definePipeline(settings: PipelineInput): PipelineInput {
  return settings;
}
