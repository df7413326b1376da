import type { Prompt } from "../records/prompt.js";
import { choosePrompts } from "../stages/prompts/choose.js";
import { locateFile } from "./locate-file.js";
import type { Workbench } from "./workbench.js";

/** The prompts of a file that a stage used alone works on; `limit` of them at most. */
export async function promptsOf(
  { family, config, home }: Workbench,
  file: string,
  limit: number | null,
): Promise<readonly Prompt[]> {
  const prompts = await family.readPrompts(locateFile(file, "prompts", home));
  return choosePrompts(prompts, limit, config.seed, "by hand");
}
