import { and, asc, eq } from "drizzle-orm";
import { StoreError } from "../../../errors.js";
import type { Ledger } from "../ledger.js";
import { rounds } from "../schema.js";
import type { RoundStore } from "../store.js";

export function roundStore(ledger: Ledger): RoundStore {
  const { orm } = ledger;
  const isRound = (runId: string, number: number) => and(eq(rounds.runId, runId), eq(rounds.number, number));
  return {
    open: ({ runId, number, ...given }) =>
      ledger.write(() =>
        orm
          .insert(rounds)
          .values({ runId, number, ...given })
          .onConflictDoUpdate({ target: [rounds.runId, rounds.number], set: given })
          .returning()
          .get(),
      ),
    finish: (runId, number, result) =>
      ledger.write(() => {
        const { changes } = orm.update(rounds).set(result).where(isRound(runId, number)).run();
        if (changes === 0) {
          throw new StoreError(`No round ${number} of run "${runId}" in ${ledger.workspace.root}.`);
        }
      }),
    find: (runId, number) => orm.select().from(rounds).where(isRound(runId, number)).get(),
    list: (runId) =>
      orm.select().from(rounds).where(eq(rounds.runId, runId)).orderBy(asc(rounds.number)).all(),
  };
}
