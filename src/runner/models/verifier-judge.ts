import type { VerifierConfig } from "../../config/schema/verifier.js";
import type { Judge } from "../../records/seams.js";
import { refuseUnanswerable } from "../../search/answerable.js";
import { type ByQuestion, forEachQuestion, judgeByQuestion } from "../../search/judges/by-question.js";
import { type EnsembleRule, ensembleJudge } from "../../search/judges/ensemble.js";
import { strategyOf } from "../../search/verifiers.js";
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
  const { references } = models;
  const asked = await forEachQuestion(names, (name) => models.judgeNamed(name));
  if (Object.keys(asked).length === 0) return judge;
  const together = judgeByQuestion(judge, asked);
  const members = await forEachQuestion(asked, ({ identity }) => references.judge(identity));
  const otherwise = references.judge(judge.identity);
  const isAskedHere = [otherwise, ...Object.values(members)].some(({ by }) => by === "settings");
  references.keepJudge(
    together.identity,
    isAskedHere ? { by: "settings" } : { by: "question", members, otherwise },
  );
  return together;
}
