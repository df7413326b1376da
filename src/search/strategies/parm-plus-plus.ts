import { ConfigError } from "../../errors.js";
import type { GridImage, ImageHandle } from "../../records/image.js";
import type { Correction } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { bestVerdict, isYes, sayVerdict } from "../best-verdict.js";
import type { SearchContext, Selection, Strategy } from "../strategy.js";
import { affordable } from "./budget.js";
import type { Finalist } from "./finalists.js";
import { type ParmOptions, parmFinalists } from "./parm.js";

export interface ParmPlusPlusOptions extends ParmOptions {
  /** P(yes) from which the chosen image needs no correction. */
  readonly reflection: number;
  /** Rounds of self-correction at most; 3 in the paper, 0 is PARM. */
  readonly reflections: number;
}

/**
 * PARM++ (arXiv 2501.13926, section 4.2). The judge reflects on the image that PARM chose: "yes" ends; otherwise prompt,
 * image and reasons go back into the generator for a new round of paths. When no image is ever approved, the round
 * whose choice has the best outcome wins: a correction can spoil an image. A reflection that failed ends the search as well,
 * for it gives nothing to correct.
 */
export function parmPlusPlus(options: ParmPlusPlusOptions): Strategy {
  const { candidates, reflection, reflections, budget = {} } = options;
  return {
    name: `parm-plus-plus-${candidates}`,
    questions: ["clarity", "potential", "outcome", "reflection"],
    async search(context) {
      const choices: Finalist[] = [];
      let correction: Correction | undefined;
      for (let round = 0; ; round++) {
        const choice = await chooseInRound(context, options, round, correction);
        if (choice === undefined) return bestChoice(context, choices, "the budget bears no further round");
        choices.push(choice);
        if (round === reflections)
          return bestChoice(context, choices, `${reflections} reflections were made`);
        if (affordable(context, budget, ONE_CALL) < 1)
          return bestChoice(context, choices, "the budget is spent");
        const verdict = await context.ask("reflection", choice.path);
        if (isYes(verdict, reflection)) return approved(context, choices, verdict);
        if (verdict.kind !== "scored") return bestChoice(context, choices, sayVerdict(verdict));
        correction = { image: gridImage(await context.preview(choice.path)), reasons: verdict.reasons ?? [] };
      }
    },
  };
}

/** Throws ConfigError for a picture: no generator of pictures here was taught to correct them. */
function gridImage(image: ImageHandle): GridImage {
  const { tokens } = image;
  if (tokens !== undefined) return { ...image, tokens };
  throw new ConfigError(
    "PARM++ has a generator of token grids correct them, and this one draws pictures: expected another verifier, as parm.",
  );
}

const ONE_CALL = { nfe: 0, judgeCalls: 1 };

/** PARM's choice, still open; the others are finished. Undefined when the budget let no path begin. */
async function chooseInRound(
  context: SearchContext,
  options: ParmPlusPlusOptions,
  round: number,
  correction: Correction | undefined,
): Promise<Finalist | undefined> {
  const from = correction === undefined ? { round } : { round, correction };
  const { finalists } = await parmFinalists(context, options, from);
  const best = bestVerdict(finalists.map(({ verdict }) => verdict)) ?? 0;
  for (const [index, { path }] of finalists.entries()) if (index !== best) context.finish(path);
  return finalists[best];
}

function approved(context: SearchContext, choices: readonly Finalist[], verdict: Verdict): Selection {
  const candidates = choices.map(({ path }) => context.finish(path));
  const reason = `approved by reflection ${choices.length} (${sayVerdict(verdict)})`;
  return { chosen: candidates.at(-1), reason };
}

function bestChoice(context: SearchContext, choices: readonly Finalist[], why: string): Selection {
  const candidates = choices.map(({ path }) => context.finish(path));
  const verdicts = choices.map(({ verdict }) => verdict);
  const best = bestVerdict(verdicts);
  if (best === undefined) return { chosen: undefined, reason: `none: no choice was scored; ${why}` };
  const outcome = sayVerdict(verdicts[best] as Verdict);
  return { chosen: candidates[best], reason: `round ${best + 1} has the best outcome (${outcome}); ${why}` };
}
