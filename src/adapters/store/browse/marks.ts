import { desc, sql } from "drizzle-orm";
import type { Mark } from "../../../records/review.js";
import type { Ledger } from "../ledger.js";
import { marks } from "../schema.js";

export interface MarkStore {
  /** Keeps what a person says of a candidate or a pair, in the place of what they said of it before. */
  say(mark: Mark): StoredMark;
  /** What stands of each person on one thing, latest first. */
  of(subject: string): StoredMark[];
}

export type StoredMark = typeof marks.$inferSelect;

export function markStore(ledger: Ledger): MarkStore {
  const { orm } = ledger;
  return {
    say: (mark) =>
      ledger.write(() =>
        orm
          .insert(marks)
          .values({ ...mark, saidAt: ledger.now() })
          .returning()
          .get(),
      ),
    of: (subject) => {
      const latest = sql`${marks.id} IN (SELECT max("id") FROM "marks" WHERE "subject" = ${subject} GROUP BY "person")`;
      return orm.select().from(marks).where(latest).orderBy(desc(marks.id)).all().filter(saysAnything);
    },
  };
}

/** A mark that takes all back stands for nothing. */
function saysAnything({ decision, flagged, note }: StoredMark): boolean {
  return decision !== null || flagged || note !== "";
}
