import { asc, eq } from "drizzle-orm";
import { StoreError } from "../../../errors.js";
import { stageId } from "../ids.js";
import type { Ledger } from "../ledger.js";
import type { StageRow } from "../rows.js";
import { artifacts, evaluations, shards, stages } from "../schema.js";
import type { StageStore } from "../store.js";

export function stageStore(ledger: Ledger): StageStore {
  const { orm } = ledger;
  const find = (id: string) => orm.select().from(stages).where(eq(stages.id, id)).get();
  const change = (id: string, values: Partial<StageRow>) => {
    const row = orm.update(stages).set(values).where(eq(stages.id, id)).returning().get();
    if (row === undefined) throw new StoreError(`No stage ${id} in ${ledger.workspace.root}.`);
    return row;
  };
  return {
    open: ({ plannedShards = null, ...stage }) =>
      ledger.write(() => {
        const id = stageId(stage);
        const existing = find(id);
        if (existing?.progress === "finished") return existing;
        const running = { progress: "running", message: null, plannedShards } as const;
        if (existing !== undefined) return change(id, running);
        const { runId, round, name, inputsHash, inputs } = stage;
        const row = { id, runId, round, name, inputsHash, inputs, startedAt: ledger.now(), ...running };
        return orm.insert(stages).values(row).returning().get();
      }),
    end: (id, progress, more) =>
      ledger.write(() => {
        const finishedAt = ledger.now();
        change(id, { progress, finishedAt, summary: more?.summary ?? null, message: more?.message ?? null });
      }),
    find,
    list: (runId) => {
      const order = [asc(stages.round), asc(stages.startedAt), asc(stages.name)];
      const query = orm.select().from(stages).where(eq(stages.runId, runId));
      return query.orderBy(...order).all();
    },
    clear: (id) =>
      ledger.write(() => {
        orm.delete(shards).where(eq(shards.stageId, id)).run();
        orm.delete(evaluations).where(eq(evaluations.stageId, id)).run();
        orm.delete(artifacts).where(eq(artifacts.stageId, id)).run();
        change(id, { progress: "stopped", summary: null, message: null, finishedAt: null });
      }),
  };
}
