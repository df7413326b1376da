import { z } from "zod";
import { section, wholeAtLeast } from "./fields.js";

/** How many images: a number for every prompt, or a number for every task, spread evenly over its prompts. */
export const images = z.union(
  [section({ perPrompt: wholeAtLeast(1) }), section({ perTask: wholeAtLeast(1) })],
  {
    error: "{ perPrompt: N } or { perTask: N }",
  },
);

export type ImagesConfig = z.output<typeof images>;
