import { NOTHING_SPENT } from "../../adapters/store/index.js";
import type { TransformersJudgeConfig } from "../../config/schema/judges.js";
import { shownImage } from "../asking/shown-image.js";
import type { Choice, Failure, Talk, Talker, Written } from "../asking/talker.js";
import { keyOf, type Outcome, type Remembered } from "../calling/remembered.js";
import type { LookingWorker } from "./looking-worker.js";

/** Any vision-language model of transformers, in a process of its own. */
export function modelTalker(
  identity: string,
  config: TransformersJudgeConfig,
  parts: { readonly worker: LookingWorker; readonly remembered: Remembered },
): Talker {
  const { worker, remembered } = parts;
  const { leastMass: least, topLogprobs: top, imageSide: side, imageFormat: format } = config;
  const ask = async <Answer extends { readonly kind: string }>(
    talk: Talk,
    asked: object,
    read: (said: Record<string, unknown>) => Answer,
  ): Promise<Answer | Failure> =>
    remembered.ask(await keyOf(talk, asked), async (): Promise<Outcome<Answer>> => {
      const said = await worker.ask(async () => ({
        turns: talk.turns,
        places: talk.images.map(({ place }) => place),
        images: await Promise.all(
          talk.images.map(async ({ image }) => {
            const bytes = await (await shownImage(image)).encoded({ side, format });
            return Buffer.from(bytes).toString("base64");
          }),
        ),
        ...asked,
      }));
      const { error } = said;
      if (typeof error === "string") return { reason: error, spent: NOTHING_SPENT };
      return { answer: read(said), spent: NOTHING_SPENT };
    });
  return {
    identity,
    choose: (talk, options) =>
      ask(talk, { options, least, top }, ({ shares }): Exclude<Choice, Failure> => {
        return { kind: "chosen", shares: shares as number[] };
      }),
    write: (talk, tokens) =>
      ask(talk, { write: tokens }, ({ text }): Exclude<Written, Failure> => {
        return { kind: "written", text: String(text) };
      }),
  };
}
