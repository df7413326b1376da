import type { Database as Sqlite } from "better-sqlite3";

/** What is said of a run or stage whose process is gone. */
export const INTERRUPTED = "interrupted: its process ended without a word";

/**
 * Marks what is said to run as stopped, inside the caller's transaction: whoever has just taken the lease knows that
 * nobody runs it.
 */
export function endInterrupted(sqlite: Sqlite): void {
  for (const table of ["runs", "stages"]) {
    sqlite
      .prepare(`UPDATE ${table} SET progress = 'stopped', message = ? WHERE progress = 'running'`)
      .run(INTERRUPTED);
  }
}
