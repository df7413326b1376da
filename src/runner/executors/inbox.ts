import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "../../paths.js";

/** Where workers put the files of shards, until they are looked at and moved to their place. */
export function openInbox({ root }: Workspace, name: string) {
  const folder = `inbox/${name}`;
  mkdirSync(join(root, folder), { recursive: true });
  return {
    /** Relative to the workspace root. */
    folder,
    /** Forgets what nobody fetched. */
    remove: () => rmSync(join(root, folder), { recursive: true, force: true }),
  };
}
