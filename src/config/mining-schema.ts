import { z } from "zod";
import { oneOf, section, share, whole } from "./fields.js";
import { MOST } from "./limits.js";

/** Most pairs of one prompt. */
const pairsPerPrompt = () => whole(1, MOST.pairsOfPrompt).default(1);
/** Least difference between the scores of chosen and rejected. */
const margin = () => share().default(0);

/** Which chosen and rejected candidates of a prompt become pairs. Chosen is always a yes. */
export const mining = z
  .discriminatedUnion(
    "policy",
    [
      /** The paper's: a random yes and a random no. */
      section({ policy: z.literal("random-yes-no"), pairsPerPrompt: pairsPerPrompt(), margin: margin() }),
      /** The best yes and the worst no, then the next ones. */
      section({ policy: z.literal("best-versus-worst"), pairsPerPrompt: pairsPerPrompt(), margin: margin() }),
      /** The best and the runner-up, whatever its label: the smallest step that is still one. */
      section({ policy: z.literal("best-versus-second"), margin: margin() }),
      /** The no that is nearest to right: most tokens equal to the yes, or fewest reasons against it. */
      section({
        policy: z.literal("hard-negatives"),
        nearest: oneOf(["tokens", "requirements"]).default("tokens"),
        pairsPerPrompt: pairsPerPrompt(),
        margin: margin(),
      }),
      /** A yes and a no that were forked from one state: their first steps are the same. */
      section({ policy: z.literal("per-step"), pairsPerPrompt: pairsPerPrompt(), margin: margin() }),
    ],
    {
      error:
        '{ policy: "random-yes-no" | "best-versus-worst" | "best-versus-second" | "hard-negatives" | "per-step", ... }',
    },
  )
  .default({ policy: "random-yes-no", pairsPerPrompt: 1, margin: 0 });

export type MiningConfig = z.output<typeof mining>;
