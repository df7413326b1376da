import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { HubServer } from "../../../test/fixtures/hub/hub-server.js";
import type { Ended } from "../command.js";
import { complaintsOf } from "../complaints.js";
import { changedTables, dumpLedger } from "../ledger.js";
import { differences, forget, listingOf, type Sandbox } from "../sandbox.js";
import type { FuzzCase } from "./fuzz-case.js";

/** Seconds that a suspect of hanging gets alone: the machine may have been busy. */
const AGAIN = 120;

export interface Tried {
  readonly complaints: readonly string[];
  readonly seen: string;
}

/** Runs one input and says what is wrong with how it ended, or with what it left. */
export async function tryCase(
  input: FuzzCase,
  {
    sandbox,
    hub,
    run,
  }: {
    readonly sandbox: Sandbox;
    readonly hub: HubServer;
    readonly run: (words: readonly string[], limit?: number) => Promise<Ended>;
  },
): Promise<Tried> {
  const { words, files = {}, outputs = [], repository } = input;
  const placed = Object.entries(files).map(([path, content]) => place(join(sandbox.here, path), content));
  for (const [path, content] of Object.entries(repository?.files ?? {})) {
    hub.put(repository?.name ?? "", path, Buffer.from(content), repository?.type);
  }
  const except = [sandbox.workspace, ...outputs.map((path) => join(sandbox.here, path))];
  const before = { files: listingOf(sandbox, except), ledger: dumpLedger(sandbox.workspace) };
  let ended = await run(words);
  if (ended.hung) ended = await run(words, AGAIN);
  const complaints = complaintsOf(ended, { codes: [0, 2] });
  const changed = changedTables(before.ledger, dumpLedger(sandbox.workspace));
  if (ended.code !== 0 && changed.length > 0) complaints.push(`refused, but changed ${changed.join(", ")}`);
  const strays = differences(before.files, listingOf(sandbox, except));
  if (strays.length > 0) complaints.push(`beside the workspace: ${strays.slice(0, 4).join(", ")}`);
  const tops = [...Object.keys(files), ...outputs].map((path) =>
    join(sandbox.here, path.split("/")[0] ?? path),
  );
  for (const path of new Set([...placed, ...tops.filter((top) => !before.files.has(top))])) forget(path);
  repository && hub.repos.delete(repository.name);
  const shown = words.map((word) => JSON.stringify(word.slice(0, 80))).join(" ");
  return { complaints, seen: `espalier ${shown}\n${ended.errors.slice(0, 700)}` };
}

function place(file: string, content: string | Uint8Array): string {
  mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(file)) writeFileSync(file, content);
  return file;
}
