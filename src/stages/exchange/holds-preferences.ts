import { existsSync, statSync } from "node:fs";
import { kindOf } from "../../adapters/file-kind.js";
import { firstRecord } from "../../adapters/prompt-file.js";
import { StoreError } from "../../errors.js";
import { ROW_LAYOUTS } from "./formats.js";
import { layoutOf } from "./read-rows.js";

/**
 * Whether what a person named holds preferences and not prompts alone, by its contents: a folder, a table, or JSON whose
 * first object has the columns of a layout. What is not there is taken for preferences, whose reader says so.
 */
export async function holdsPreferences(path: string): Promise<boolean> {
  if (!existsSync(path) || statSync(path).isDirectory()) return true;
  const kind = await kindOf(path).catch((error) => {
    if (error instanceof StoreError) return "text";
    throw error;
  });
  if (kind !== "json") return kind !== "text";
  const first = await firstRecord(path);
  if (typeof first !== "object" || first === null) return false;
  const columns = Object.keys(first);
  // Also where the other half is missing: a row of preferences that is refused says so.
  return (
    layoutOf(ROW_LAYOUTS, columns) !== undefined || columns.includes("chosen") || columns.includes("images")
  );
}
