import type { StageRow, Store } from "../../adapters/store/index.js";
import type { EvaluationSource } from "../../stages/comparison/evaluations.js";
import { BOOTSTRAP_DEFAULTS, type BootstrapSettings } from "../../statistics/bootstrap.js";

/** An evaluation stage that is finished, as a comparison takes it. */
export function storedEvaluation(store: Store, stage: string): EvaluationSource {
  const evaluation = store.evaluations.find(stage);
  if (evaluation === undefined)
    throw new Error(`Evaluation stage ${stage} is finished but kept no evaluation.`);
  return { name: evaluation.label, kind: evaluation.selection, items: itemsOf(store, stage) };
}

function* itemsOf(store: Store, stage: string) {
  for (const { promptId, tag, sample, correct, score, candidateId, reason } of store.evaluations.items(
    stage,
  )) {
    const judged = score == null ? {} : { score };
    yield { promptId, tag: tag ?? "", seedIndex: sample, correct, candidateId, reason, ...judged };
  }
}

/** As the run of the first evaluation draws its own intervals, so that both say the same of the same rows. */
export function storedSettings(
  store: Store,
  [id = ""]: readonly string[],
  resamples: number | null,
): BootstrapSettings {
  const stage = store.stages.find(id) as StageRow;
  const config = store.runs.find(stage.runId)?.config as KeptConfig | undefined;
  const { seed } = stage.inputs as { readonly seed?: number };
  return {
    ...BOOTSTRAP_DEFAULTS,
    seed: seed ?? BOOTSTRAP_DEFAULTS.seed,
    resamples: resamples ?? config?.settings?.evaluation?.resamples ?? BOOTSTRAP_DEFAULTS.resamples,
  };
}

/** What is read of the settings that a run is kept with. */
interface KeptConfig {
  readonly settings?: { readonly evaluation?: { readonly resamples?: number } };
}
