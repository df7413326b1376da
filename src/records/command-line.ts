import { resolve } from "node:path";

/** Folder of the workspace where none is named. */
export const DEFAULT_WORKSPACE = "workspace";

/** The run of a workspace under which stages used alone are kept. */
export const BY_HAND = "by-hand";

/** A command as it is typed: with the workspace in use, where that is not the one that is meant without a word. */
export function commandLine(words: readonly string[], workspace: string): string {
  const isDefault = resolve(workspace) === resolve(DEFAULT_WORKSPACE);
  const place = isDefault ? [] : ["--workspace", workspace];
  return ["espalier", ...[...words, ...place].map(quoted)].join(" ");
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
