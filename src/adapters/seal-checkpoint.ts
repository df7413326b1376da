import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { openAtomicFile } from "./atomic-file.js";
import { sha256OfFile } from "./checkpoint-record.js";

const RECORD = "checkpoint.json";

/** What is known of a checkpoint that another program has left. */
export interface SealedCheckpoint {
  readonly family: string;
  readonly name: string;
  /** What it was trained from. */
  readonly parent: { readonly identity: string; readonly folder: string };
  readonly training: Readonly<Record<string, unknown>>;
}

/** Whether a folder says by itself which checkpoint it is. */
export function isSealed(folder: string): boolean {
  return existsSync(join(folder, RECORD));
}

/** The files of a folder and all below it, relative to it, in order of their names. */
export function filesIn(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return found.map((one) => relative(folder, join(one.parentPath, one.name)).split(sep).join("/")).sort();
}

/** Writes the record of a generator beside the files of its folder: it is known by their hashes and by what it was trained from. */
export function sealCheckpoint(folder: string, { family, name, parent, training }: SealedCheckpoint): void {
  const files = Object.fromEntries(filesIn(folder).map((file) => [file, sha256OfFile(join(folder, file))]));
  const identity = createHash("sha256")
    .update(JSON.stringify([parent.identity, files]))
    .digest("hex");
  const record = {
    ...{
      format: 1,
      kind: "generator",
      family,
      config: {},
      name,
      identity,
      parents: [parent.identity],
      files,
    },
    ...{ below: parent, training },
  };
  const output = openAtomicFile(join(folder, RECORD));
  output.write(Buffer.from(`${JSON.stringify(record, null, 2)}\n`));
  output.commit();
}
