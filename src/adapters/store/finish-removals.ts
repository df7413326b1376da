import { rmSync } from "node:fs";
import type { Database as Sqlite } from "better-sqlite3";
import { resolveInside } from "../../paths.js";

/**
 * Removes the files and folders that a removal named in its transaction, inside the caller's: a process that was killed between the two
 * leaves them to the next writer, before it can make anything of the same name.
 */
export function finishRemovals(sqlite: Sqlite, root: string): void {
  const places = sqlite.prepare("SELECT place FROM removals").pluck().all() as string[];
  for (const place of places) {
    rmSync(resolveInside(root, place), { recursive: true, force: true });
  }
  if (places.length > 0) sqlite.prepare("DELETE FROM removals").run();
}
