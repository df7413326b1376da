import type { Prompt } from "../../records/prompt.js";
import { choosePrompts } from "../../stages/prompts/choose.js";
import { storePrompts } from "../../stages/prompts/store-prompts.js";
import type { StagePlace } from "../../stages/running/stage-place.js";
import { locateFile } from "../locate-file.js";
import type { StageSession } from "./stage-session.js";

/** A place whose stages, once they begin, have their prompts recorded before them: a command that is refused records none. */
export function withPrompts(
  place: StagePlace,
  params: { readonly name: string; readonly prompts: readonly Prompt[]; readonly origin: string },
): StagePlace {
  const begin = async (stage: string) => {
    await place.begin?.(stage);
    await storePrompts(place, params);
  };
  return { ...place, begin };
}

/** The prompts of a file that a stage used alone works on; `limit` of them at most. */
export async function promptsOf(
  { family, config, home }: StageSession,
  file: string,
  limit: number | null,
): Promise<readonly Prompt[]> {
  const prompts = await family.readPrompts(locateFile(file, "prompts", home));
  return choosePrompts(prompts, limit, config.seed, "by hand");
}
