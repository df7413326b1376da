import { readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { readCandidates } from "../../../src/adapters/arrow/index.js";
import { openStore } from "../../../src/adapters/store/index.js";
import type { Workspace } from "../../../src/paths.js";
import { temporaryWorkspace } from "./workspace.js";

const COMMAND = ["--import", "tsx", "test/fixtures/store/write-shards.ts"];

test("killed before the rename, before the row and inside the transaction, the stage ends as if it never was", async () => {
  const unbroken = temporaryWorkspace();
  await execa(process.execPath, [...COMMAND, unbroken.root]);

  const killed = temporaryWorkspace();
  for (const [moment, index, done] of [
    ["half-file", 1, 1],
    ["no-row", 2, 2],
    ["in-transaction", 4, 4],
  ] as const) {
    const words = [...COMMAND, killed.root, moment, String(index)];
    expect((await execa(process.execPath, words, { reject: false })).signal).toBe("SIGKILL");
    const reader = openStore(killed, { readOnly: true });
    expect(reader.counts()).toMatchObject({ shards: done, candidates: done * 20, candidate_rows: done * 20 });
    reader.close();
  }
  await execa(process.execPath, [...COMMAND, killed.root]);

  const expected = await snapshot(unbroken);
  expect(expected.files).toHaveLength(6);
  expect(await snapshot(killed)).toEqual(expected);
});

/** All that must not depend on how often the process was killed. */
async function snapshot(workspace: Workspace) {
  const store = openStore(workspace, { readOnly: true });
  const [stage] = store.stages.list("run");
  const id = stage?.id ?? "";
  const candidates = [...store.candidates.iterate(id)];
  const shards = store.shards
    .list(id)
    .map(({ index, file, sha256, rows }) => ({ index, file, sha256, rows }));
  const counts = store.counts();
  store.close();
  const folder = join(workspace.arrow, `candidates-${id}`);
  const files = readdirSync(folder);
  const ids: string[] = [];
  for (const file of files.sort())
    for await (const row of readCandidates(join(folder, file))) ids.push(row.id);
  expect(ids).toEqual(candidates.map((candidate) => candidate.id));
  return { files, candidates, shards, counts, progress: stage?.progress };
}
