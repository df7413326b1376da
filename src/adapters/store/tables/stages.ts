import { asc, desc, eq, getTableColumns } from "drizzle-orm";
import { StoreError } from "../../../errors.js";
import { type StageKey, stageId } from "../ids.js";
import type { Ledger } from "../ledger.js";
import type { StageRow } from "../rows.js";
import {
  artifacts,
  evaluations,
  type Json,
  type Pace,
  runs,
  shards,
  stages,
  type WorkState,
} from "../schema.js";

export interface StageStore {
  /** Makes the stage or finds it, and marks it running unless it is finished. The round must exist. */
  open(stage: StageKey & { inputs: Json; plannedShards?: number }): StageRow;
  end(id: string, progress: Exclude<WorkState, "running">, more?: { summary?: Json; message?: string }): void;
  find(id: string): StageRow | undefined;
  /** In the order they were started. */
  list(runId: string): StageRow[];
  /** Those of every run, the newest run first, each run's as `list` has them. */
  all(): StageRow[];
  /** Forgets the stage's shards and what hangs on them, so that it is redone. Content rows (candidates, verdicts) stay. */
  clear(id: string): void;
  /** Keeps how far its process is. */
  tell(id: string, pace: Pace): void;
  /** What people call it and say of it; null takes it away. Throws StoreError when another stage is called so. */
  describe(id: string, said: { readonly title?: string | null; readonly note?: string | null }): StageRow;
}

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
    tell: (id, pace) => ledger.write(() => change(id, { pace })),
    describe: (id, said) =>
      ledger.write(() => {
        refuseTaken(ledger, id, said.title);
        return change(id, said);
      }),
    find,
    ...listings(ledger),
    clear: (id) =>
      ledger.write(() => {
        orm.delete(shards).where(eq(shards.stageId, id)).run();
        orm.delete(evaluations).where(eq(evaluations.stageId, id)).run();
        orm.delete(artifacts).where(eq(artifacts.stageId, id)).run();
        change(id, { progress: "stopped", summary: null, message: null, finishedAt: null, pace: null });
      }),
  };
}

/** In the order they were started; of several runs the newest first. */
function listings({ orm }: Ledger): Pick<StageStore, "list" | "all"> {
  const order = [asc(stages.round), asc(stages.startedAt), asc(stages.name)];
  return {
    list: (runId) =>
      orm
        .select()
        .from(stages)
        .where(eq(stages.runId, runId))
        .orderBy(...order)
        .all(),
    all: () =>
      orm
        .select(getTableColumns(stages))
        .from(stages)
        .innerJoin(runs, eq(runs.id, stages.runId))
        .orderBy(desc(runs.createdAt), runs.id, ...order)
        .all(),
  };
}

function refuseTaken({ orm, workspace }: Ledger, id: string, title: string | null | undefined): void {
  if (title === null || title === undefined) return;
  const other = orm.select().from(stages).where(eq(stages.title, title)).get();
  if (other === undefined || other.id === id) return;
  throw new StoreError(
    `The stage ${other.name} ${other.id} in ${workspace.root} is called "${title}" already: expected a name that no other has.`,
  );
}
