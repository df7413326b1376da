import { lstatSync, renameSync, rmSync } from "node:fs";

/** Where what was found goes: an earlier one that was found there is replaced. */
export function asideOf(path: string): string {
  return `${path}.damaged`;
}

/** Moves a folder away that lies where a file of the workspace is written; whether there was one. */
export function setFolderAside(path: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return false;
  moveAside(path);
  return true;
}

/** Moves whatever lies at `path` away. */
export function moveAside(path: string): void {
  rmSync(asideOf(path), { recursive: true, force: true });
  renameSync(path, asideOf(path));
}
