import type { JudgeConfig } from "../config/schema/judges.js";
import type { AskedQuestion } from "../config/schema/questions.js";
import { readQuestions } from "./asking/read-questions.js";
import { expectedCost } from "./calling/spending.js";

/** What a judge is to look at: pictures, of so many prompts. */
export interface Looks {
  readonly pictures: number;
  readonly prompts: number;
}

/** Calls at most, unless one has to be repeated, and what they are expected to cost. */
export interface ExpectedCalls {
  readonly calls: number;
  readonly cost: number;
}

/** What it takes to ask a judge for the outcome of all of them, nothing being known yet. */
export function expectedCalls(config: JudgeConfig, looks: Looks): ExpectedCalls {
  return expectedAnswers(config, looks, 0);
}

/** That, and so many answers of yes or no midway. */
export function expectedAnswers(config: JudgeConfig, looks: Looks, midway: number): ExpectedCalls {
  const each = config.kind !== "http" ? 0 : config.read === "samples" ? config.samples : 1;
  const calls = Math.ceil(callsOf(config, looks)) + midway * each;
  return { calls, cost: "prices" in config ? calls * expectedCost(config) : 0 };
}

function callsOf(config: JudgeConfig, looks: Looks): number {
  switch (config.kind) {
    case "http": {
      const each = config.read === "samples" ? config.samples : 1;
      return each * questionsOf(readQuestions(config.questions).outcome, looks);
    }
    case "service":
      return looks.pictures / config.batch;
    default:
      // On this machine nothing is called.
      return 0;
  }
}

function questionsOf(asked: AskedQuestion, { pictures, prompts }: Looks): number {
  switch (asked.kind) {
    case "criteria":
      return pictures * asked.criteria.length;
    case "atomic":
      return prompts + pictures * asked.most;
    case "pairwise": {
      const each = pictures / Math.max(1, prompts);
      // Each pair in both orders.
      return prompts * each * (each - 1) * asked.most;
    }
    default:
      return pictures;
  }
}
