import { z } from "zod";
import { MOST } from "../limits.js";
import { section, whole } from "./fields.js";

/** How many images: a number for every prompt, or a number for every task, spread evenly over its prompts. */
export const images = z.union(
  [section({ perPrompt: whole(1, MOST.promptImages) }), section({ perTask: whole(1, MOST.stageImages) })],
  {
    error: "{ perPrompt: N } or { perTask: N }",
  },
);

export type ImagesConfig = z.output<typeof images>;
