import { eq } from "drizzle-orm";
import { StoreError } from "../../../errors.js";
import type { Ledger } from "../ledger.js";
import type { CheckpointRow } from "../rows.js";
import { checkpoints } from "../schema.js";
import type { CheckpointStore } from "../store.js";
import { onlyOne } from "./find-by-start.js";

export function checkpointStore(ledger: Ledger): CheckpointStore {
  const { orm } = ledger;
  const introduced = new Map<string, CheckpointRow>();
  const keep = (row: CheckpointRow) => {
    // A stage's own record of the same weights is not overwritten.
    orm.insert(checkpoints).values(row).onConflictDoNothing().run();
  };
  const list = () => {
    const stored = orm.select().from(checkpoints).all();
    for (const { id } of stored) introduced.delete(id);
    return [...stored, ...introduced.values()].sort(byNameAndId);
  };
  return {
    add: (checkpoint) => ledger.write(() => keep({ ...checkpoint, stageId: null })),
    introduce: (checkpoint, undo) => {
      const row = { ...checkpoint, stageId: null };
      introduced.set(row.id, row);
      ledger.withNextWrite(() => keep(row), undo);
    },
    find: (start) => named(list(), start) ?? begins(list(), start),
    identified: (id) =>
      orm.select().from(checkpoints).where(eq(checkpoints.id, id)).get() ?? introduced.get(id),
    madeBy: (stageId) =>
      orm.select().from(checkpoints).where(eq(checkpoints.stageId, stageId)).all().sort(byNameAndId)[0],
    list,
  };
}

function byNameAndId(left: CheckpointRow, right: CheckpointRow): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  return left.id < right.id ? -1 : 1;
}

function named(rows: readonly CheckpointRow[], name: string): CheckpointRow | undefined {
  const found = rows.filter((row) => row.name === name);
  if (found.length < 2) return found[0];
  throw new StoreError(
    `Several checkpoints are named "${name}" (${found.map(({ id }) => id.slice(0, 12)).join(", ")}): ` +
      "expected one. Give the first digits of the identity.",
  );
}

function begins(rows: readonly CheckpointRow[], start: string): CheckpointRow | undefined {
  return onlyOne(
    "checkpoint",
    start,
    rows.filter(({ id }) => /^[0-9a-f]+$/.test(start) && id.startsWith(start)),
  );
}
