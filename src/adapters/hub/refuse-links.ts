import { lstatSync, type Stats } from "node:fs";
import { join } from "node:path";
import { HubError } from "../../errors.js";

/**
 * Throws HubError where a file below a folder cannot be written as itself: a link on the way would take it elsewhere, and so would
 * another name of a file that is written on; a folder or a file may stand where the other is wanted.
 */
export function refuseLinks(folder: string, path: string, how: "replaced" | "written on" = "replaced"): void {
  const parts = path.split("/");
  for (const depth of parts.keys()) {
    const place = join(folder, ...parts.slice(0, depth + 1));
    const found = lstatSync(place, { throwIfNoEntry: false });
    if (found === undefined) return;
    const isLast = depth === parts.length - 1;
    const wanted = isLast ? "a file" : "a folder";
    if (found.isSymbolicLink()) throw inTheWay(place, wanted, "a link");
    if (isLast ? !found.isFile() : !found.isDirectory()) throw inTheWay(place, wanted, kindOf(found));
    if (isLast && how === "written on" && found.nlink > 1)
      throw inTheWay(place, wanted, "a file that has another name as well (a hard link)");
  }
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return "a folder";
  return found.isFile() ? "a file" : "something else";
}

function inTheWay(place: string, wanted: string, got: string): HubError {
  return new HubError(
    `${place} is in the way: expected ${wanted} of this folder alone, or nothing, got ${got}. Take it away, or name another folder: ` +
      "nothing was written.",
  );
}
