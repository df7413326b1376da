import type { VerifierConfig } from "../../config/schema/verifier.js";
import type { Judge } from "../../records/seams.js";
import { QUESTIONS, type Question } from "../../records/verdict.js";
import { refuseUnanswerable } from "../../search/answerable.js";
import { type ByQuestion, judgeByQuestion } from "../../search/judges/by-question.js";
import { type EnsembleRule, ensembleJudge } from "../../search/judges/ensemble.js";
import { strategyOf } from "../../search/verifiers.js";
import type { JudgeReference } from "./model-references.js";
import type { RunModels } from "./open-models.js";

/**
 * Who judges for a verifier: the judges it names, as an ensemble when there are several, else the run's own. Null only
 * for plain rows of a run without a judge. Throws ConfigError when they cannot answer what the verifier asks.
 */
export async function verifierJudge(models: RunModels, verifier: VerifierConfig): Promise<Judge | null> {
  if (verifier.kind === "none") return models.judgeIdentity === null ? null : models.judge();
  const named = await Promise.all(verifier.judges.map((name) => models.judgeNamed(name)));
  const [first, ...others] = named;
  if (first === undefined && models.judgeIdentity === null) refuseUnanswerable(strategyOf(verifier, 0), null);
  const single = first ?? (await models.judge());
  const chooser = others.length === 0 ? single : ensembleOf(models, named, verifier.ensemble);
  const judge = await withOthers(models, chooser, verifier.judgeOf);
  refuseUnanswerable(strategyOf(verifier, 0), judge);
  return judge;
}

function ensembleOf({ references }: RunModels, judges: readonly Judge[], rule: EnsembleRule): Judge {
  const judge = ensembleJudge(judges, rule);
  const members = judges.map(({ identity }) => references.judge(identity));
  const checkpoints = members.flatMap((one) => (one.by === "checkpoint" ? [one.checkpoint] : []));
  const isWhole = checkpoints.length === members.length;
  references.keepJudge(
    judge.identity,
    isWhole ? { by: "ensemble", rule, members: checkpoints } : { by: "settings" },
  );
  return judge;
}

/** The judge with another one for each question that names one. */
async function withOthers(models: RunModels, judge: Judge, names: ByQuestion<string> = {}): Promise<Judge> {
  const named = QUESTIONS.flatMap((question) => {
    const name = names[question];
    return name === undefined ? [] : [{ question, name }];
  });
  if (named.length === 0) return judge;
  const asked: Partial<Record<Question, Judge>> = {};
  for (const { question, name } of named) asked[question] = await models.judgeNamed(name);
  const together = judgeByQuestion(judge, asked);
  models.references.keepJudge(together.identity, referenceOf(models, judge, asked));
  return together;
}

function referenceOf({ references }: RunModels, judge: Judge, asked: ByQuestion<Judge>): JudgeReference {
  const members: Partial<Record<Question, JudgeReference>> = {};
  for (const question of QUESTIONS) {
    const one = asked[question];
    if (one !== undefined) members[question] = references.judge(one.identity);
  }
  const otherwise = references.judge(judge.identity);
  const isAskedHere = [otherwise, ...Object.values(members)].some(({ by }) => by === "settings");
  return isAskedHere ? { by: "settings" } : { by: "question", members, otherwise };
}
