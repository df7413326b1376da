import { desc, eq } from "drizzle-orm";
import { StoreError } from "../../../errors.js";
import type { Ledger } from "../ledger.js";
import { runs } from "../schema.js";
import type { RunStore } from "../store.js";

export function runStore(ledger: Ledger): RunStore {
  const { orm } = ledger;
  const find = (id: string) => orm.select().from(runs).where(eq(runs.id, id)).get();
  return {
    open: ({ grownFrom, ...run }) =>
      ledger.write(() => {
        const existing = find(run.id);
        if (existing !== undefined && ![run.configHash, grownFrom].includes(existing.configHash)) {
          throw new StoreError(
            `Run "${run.id}" in ${ledger.workspace.root} was begun with other settings: expected their hash ` +
              `${existing.configHash.slice(0, 12)}, got ${run.configHash.slice(0, 12)}. Name a new run, or restore the settings.`,
          );
        }
        const updatedAt = ledger.now();
        const { config, configHash } = run;
        const running = { progress: "running" as const, message: null, config, configHash, updatedAt };
        return orm
          .insert(runs)
          .values({ ...run, ...running, createdAt: updatedAt })
          .onConflictDoUpdate({ target: runs.id, set: running })
          .returning()
          .get();
      }),
    end: (id, progress, message) =>
      ledger.write(() => {
        const updatedAt = ledger.now();
        const { changes } = orm
          .update(runs)
          .set({ progress, message: message ?? null, updatedAt })
          .where(eq(runs.id, id))
          .run();
        if (changes === 0) throw new StoreError(`No run "${id}" in ${ledger.workspace.root}.`);
      }),
    find,
    list: () => orm.select().from(runs).orderBy(desc(runs.createdAt), runs.id).all(),
  };
}
