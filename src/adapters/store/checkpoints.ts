import { asc, eq } from "drizzle-orm";
import { StoreError } from "../../errors.js";
import { findByStart } from "./find-by-start.js";
import type { Ledger } from "./ledger.js";
import { checkpoints } from "./schema.js";
import type { CheckpointStore } from "./store.js";

export function checkpointStore(ledger: Ledger): CheckpointStore {
  const { orm } = ledger;
  const named = (name: string) => {
    const [first, second] = orm.select().from(checkpoints).where(eq(checkpoints.name, name)).limit(2).all();
    if (second === undefined) return first;
    throw new StoreError(
      `Several checkpoints are named "${name}" (${first?.id.slice(0, 12)}, ${second.id.slice(0, 12)}, ...): ` +
        "expected one. Give the first digits of the identity.",
    );
  };
  return {
    add: (checkpoint) =>
      ledger.write(() => {
        // A stage's own record of the same weights is not overwritten.
        orm
          .insert(checkpoints)
          .values({ ...checkpoint, stageId: null })
          .onConflictDoNothing()
          .run();
      }),
    find: (identityStart) =>
      named(identityStart) ??
      findByStart("checkpoint", identityStart, checkpoints.id, (condition) =>
        orm.select().from(checkpoints).where(condition).orderBy(checkpoints.id).limit(2).all(),
      ),
    list: () => orm.select().from(checkpoints).orderBy(asc(checkpoints.name), asc(checkpoints.id)).all(),
  };
}
