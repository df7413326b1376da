import { asc, eq, getTableColumns } from "drizzle-orm";
import { type Ledger, stream } from "../ledger.js";
import type { EvaluatedItem, EvaluationRow, StageRow } from "../rows.js";
import { candidates, evaluationItems, evaluations, prompts, stages } from "../schema.js";

export interface EvaluationStore {
  find(stageId: string): EvaluationRow | undefined;
  /** Of a run by round, or of the whole workspace. */
  list(runId?: string): (EvaluationRow & Pick<StageRow, "runId" | "round">)[];
  /** By prompt id and sample. */
  items(stageId: string): IterableIterator<EvaluatedItem>;
}

const { stageId: _stage, shardId: _shard, ...ITEM } = getTableColumns(evaluationItems);
const FIELDS = { ...ITEM, text: prompts.text, tag: prompts.tag, seed: candidates.seed } as const;

export function evaluationStore(ledger: Ledger): EvaluationStore {
  const { orm } = ledger;
  return {
    find: (stageId) => orm.select().from(evaluations).where(eq(evaluations.stageId, stageId)).get(),
    list: (runId) =>
      orm
        .select({ ...getTableColumns(evaluations), runId: stages.runId, round: stages.round })
        .from(evaluations)
        .innerJoin(stages, eq(stages.id, evaluations.stageId))
        .where(runId === undefined ? undefined : eq(stages.runId, runId))
        .orderBy(asc(stages.runId), asc(stages.round), asc(stages.startedAt), asc(stages.name))
        .all(),
    items: (stageId) => {
      const query = orm
        .select(FIELDS)
        .from(evaluationItems)
        .innerJoin(prompts, eq(prompts.id, evaluationItems.promptId))
        .innerJoin(candidates, eq(candidates.id, evaluationItems.candidateId))
        .where(eq(evaluationItems.stageId, stageId))
        .orderBy(asc(evaluationItems.promptId), asc(evaluationItems.sample));
      return stream(ledger, FIELDS, query);
    },
  };
}
