import { relative, resolve } from "node:path";
import type { Json, Store } from "../../adapters/store/index.js";
import { BY_HAND, commandLine, quoted } from "../../records/command-line.js";

/** A command line that a person gave: its words without the workspace's, and the folder in which it was given. */
export interface GivenLine {
  readonly words: readonly string[];
  /** Absolute. */
  readonly folder: string;
}

/** Settings of the run of stages used alone, with the line that began each of them. Folders are relative to the workspace. */
export function withLine(
  known: Json | undefined,
  settings: Json,
  root: string,
  made: { readonly stage: string; readonly line: GivenLine | undefined },
): Json {
  const lines = (known as Kept | undefined)?.lines ?? {};
  const { stage, line } = made;
  if (line === undefined) return { ...settings, lines };
  return { ...settings, lines: { ...lines, [stage]: { ...line, folder: relative(root, line.folder) } } };
}

interface Kept {
  readonly lines?: Readonly<Record<string, GivenLine>>;
}

/** The line that makes a stage, and its files, again; undefined where the ledger keeps none. */
export function lineThatMade({ runs, stages, workspace }: Store, stage: string): GivenLine | undefined {
  const run = runs.find(stages.find(stage)?.runId ?? "");
  if (run === undefined) return undefined;
  if (run.id !== BY_HAND) return { words: ["run", run.pipeline], folder: process.cwd() };
  const line = (run.config as Kept).lines?.[stage];
  return line && { ...line, folder: resolve(workspace.root, line.folder) };
}

/** The line as it is typed where the reader stands. */
export function typedLine({ words, folder }: GivenLine, workspace: string): string {
  if (folder === process.cwd()) return commandLine(words, workspace);
  const line = ["espalier", ...words, "--workspace", resolve(workspace)].map(quoted).join(" ");
  return `cd ${quoted(folder)} && ${line}`;
}
