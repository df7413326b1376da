import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../adapters/make-folder.js";
import type { Workspace } from "../../paths.js";

/** Where workers put the files of shards, until they are looked at and moved to their place. */
export function openInbox({ root }: Workspace, name: string) {
  const folder = `inbox/${name}`;
  makeFolder(join(root, folder));
  return {
    /** Relative to the workspace root. */
    folder,
    /** Forgets what nobody fetched. */
    remove: () => rmSync(join(root, folder), { recursive: true, force: true }),
  };
}
