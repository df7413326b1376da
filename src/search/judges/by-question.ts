import { createHash } from "node:crypto";
import type { Judge } from "../../records/seams.js";
import { QUESTIONS, type Question } from "../../records/verdict.js";

/** Judges by the question that each is asked. */
export type ByQuestion<Asked> = Readonly<Partial<Record<Question, Asked | undefined>>>;

/** The same for what each question names, one after the other; questions that name nothing stay without. */
export async function forEachQuestion<In, Out>(
  asked: ByQuestion<In>,
  of: (one: In) => Out | Promise<Out>,
): Promise<Partial<Record<Question, Out>>> {
  const found: Partial<Record<Question, Out>> = {};
  for (const question of QUESTIONS) {
    const one = asked[question];
    if (one !== undefined) found[question] = await of(one);
  }
  return found;
}

/**
 * One judge of several: each question goes to its own, and to `otherwise` where none is named. So the network that cuts need not be
 * the one that chooses, and reflection (PARM++, arXiv 2501.13926, section 4.2) can be asked of one that did not choose. Comparisons
 * are the outcome's. Closing it leaves the judges open.
 */
export function judgeByQuestion(otherwise: Judge, asked: ByQuestion<Judge>): Judge {
  const of = (question: Question) => asked[question] ?? otherwise;
  const outcome = of("outcome");
  return {
    identity: identityOf(otherwise, asked),
    thresholdsOf: of("potential").identity,
    questions: QUESTIONS.filter((question) => of(question).questions.includes(question)),
    batch: Math.min(...QUESTIONS.map((question) => of(question).batch)),
    ask: (question, items) => of(question).ask(question, items),
    ...(outcome.compare === undefined ? {} : { compare: outcome.compare.bind(outcome) }),
    ...(outcome.isRelative === undefined ? {} : { isRelative: outcome.isRelative }),
    close: async () => undefined,
  };
}

function identityOf(otherwise: Judge, asked: ByQuestion<Judge>): string {
  const members = QUESTIONS.map((question) => (asked[question] ?? otherwise).identity);
  return `by-question:${createHash("sha256").update(JSON.stringify(members)).digest("hex").slice(0, 32)}`;
}
