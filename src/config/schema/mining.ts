import { z } from "zod";
import { MOST } from "../limits.js";
import { oneOf, section, share, whole } from "./fields.js";

const pairsPerPrompt = () => whole(1, MOST.pairsOfPrompt).default(1).describe("Most pairs of one prompt.");
const margin = () =>
  share().default(0).describe("Least difference between the scores of chosen and rejected.");

export const mining = z
  .discriminatedUnion(
    "policy",
    [
      section({
        policy: z.literal("random-yes-no").describe("The paper's: a random yes and a random no."),
        pairsPerPrompt: pairsPerPrompt(),
        margin: margin(),
      }),
      section({
        policy: z.literal("best-versus-worst").describe("The best yes and the worst no, then the next ones."),
        pairsPerPrompt: pairsPerPrompt(),
        margin: margin(),
      }),
      section({
        policy: z
          .literal("best-versus-second")
          .describe("The best and the runner-up, whatever its label: the smallest step that is still one."),
        margin: margin(),
      }),
      section({
        policy: z.literal("hard-negatives").describe("The no that is nearest to right."),
        nearest: oneOf(["tokens", "requirements"])
          .default("tokens")
          .describe("Nearest by most tokens equal to the yes, or by fewest reasons against it."),
        pairsPerPrompt: pairsPerPrompt(),
        margin: margin(),
      }),
      section({
        policy: z
          .literal("per-step")
          .describe("A yes and a no that were forked from one state: their first steps are the same."),
        pairsPerPrompt: pairsPerPrompt(),
        margin: margin(),
      }),
    ],
    {
      error:
        '{ policy: "random-yes-no" | "best-versus-worst" | "best-versus-second" | "hard-negatives" | "per-step", ... }',
    },
  )
  .default({ policy: "random-yes-no", pairsPerPrompt: 1, margin: 0 })
  .describe("Which chosen and rejected candidates of a prompt become pairs. Chosen is always a yes.");

export type MiningConfig = z.output<typeof mining>;
