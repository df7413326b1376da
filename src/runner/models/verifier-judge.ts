import type { VerifierConfig } from "../../config/schema/verifier.js";
import type { Judge } from "../../records/seams.js";
import { refuseUnanswerable } from "../../search/answerable.js";
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
  const judge = others.length === 0 ? single : ensembleOf(models, named, verifier.ensemble);
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
