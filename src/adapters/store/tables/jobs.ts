import { desc, eq } from "drizzle-orm";
import type { Ledger } from "../ledger.js";
import type { JobRow } from "../rows.js";
import { jobs, type WorkState } from "../schema.js";

/** Jobs on a cluster. */
export interface JobStore {
  /** Keeps a job that is about to be submitted. */
  open(job: Pick<JobRow, "id" | "runId" | "address">): JobRow;
  end(id: string, progress: Exclude<WorkState, "running">, message?: string): void;
  /** Newest first. */
  list(runId: string): JobRow[];
}

export function jobStore(ledger: Ledger): JobStore {
  const { orm } = ledger;
  return {
    open: (job) =>
      ledger.write(() => {
        const row = { ...job, progress: "running" as const, startedAt: ledger.now() };
        return orm.insert(jobs).values(row).returning().get();
      }),
    end: (id, progress, message) =>
      ledger.write(() => {
        const ended = { progress, message: message ?? null, endedAt: ledger.now() };
        orm.update(jobs).set(ended).where(eq(jobs.id, id)).run();
      }),
    list: (runId) =>
      orm.select().from(jobs).where(eq(jobs.runId, runId)).orderBy(desc(jobs.startedAt), desc(jobs.id)).all(),
  };
}
