import { openStore, type StageRow } from "../adapters/store/index.js";
import { ConfigError } from "../errors.js";
import { workspacePaths } from "../paths.js";
import { anyStage } from "./find-stage.js";

/** What a stage is to be called, and what is said of it; null takes it away, and what is left out stays. */
export interface SaidOfStage {
  readonly title?: string | null;
  readonly note?: string | null;
}

/**
 * Gives a stage a name, by which every command takes it, and a note. Throws ConfigError when the name could be an id, and StoreError when
 * another stage has it.
 */
export function nameStage(workspace: string, name: string, said: SaidOfStage): StageRow {
  if (typeof said.title === "string") refuseMistakable(said.title);
  // It adds no row that a stage reads or writes: it may be said while another process runs.
  const reader = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    anyStage(reader, name);
  } finally {
    reader.close();
  }
  const store = openStore(workspacePaths(workspace), { lease: "never" });
  try {
    return store.stages.describe(anyStage(store, name).id, said);
  } finally {
    store.close();
  }
}

function refuseMistakable(title: string): void {
  const isName = /^[a-z][a-z0-9-]{1,59}$/.test(title) && !title.endsWith("-");
  const isId = /^[0-9a-f]+$/.test(title);
  if (isName && !isId) return;
  throw new ConfigError(
    `Expected a name of 2 to 60 lower-case letters, digits and dashes that begins with a letter and could be no id, got "${title}"` +
      `${isId ? ": ids are made of the letters a to f and digits" : ""}. For free text: --note.`,
  );
}
