import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { openStore, type Store } from "../../../src/adapters/store/index.js";
import { workspacePaths } from "../../../src/paths.js";
import type { Sandbox } from "../sandbox.js";

/** What must not depend on interruptions, a line each. */
export type Essence = readonly string[];

/** Files whose content is the same whatever was interrupted; of others the name alone is compared. */
const SAME_CONTENT = /\.(arrow|safetensors|onnx|parquet|png|jsonl)$|summary\.json$/;
/** They say when something happened, lie there while the ledger is open, or are what a job of a cluster was sent. */
const PASSING = /espalier\.db(-wal|-shm)?$|events\.jsonl$|\.log$|\/cluster\//;

/** Of every workspace in a sandbox: its stages, what they hold, and all of its files; of exports, the files. */
export function essenceOf({ here }: Sandbox): Essence {
  const workspaces = readdirSync(here).filter((name) => existsSync(join(here, name, "espalier.db")));
  const ledgers = workspaces.flatMap((name) => ledgerLines(join(here, name)));
  return [...ledgers, ...fileLines(here)].sort();
}

/** Lines that only one of both has, the first few. */
export function unlike(expected: Essence, found: Essence): string[] {
  const [before, after] = [new Set(expected), new Set(found)];
  const lost = expected.filter((line) => !after.has(line)).map((line) => `missing: ${line}`);
  const added = found.filter((line) => !before.has(line)).map((line) => `not in the unbroken: ${line}`);
  return [...lost, ...added].slice(0, 6);
}

function ledgerLines(workspace: string): string[] {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const stages = store.runs.list().flatMap(({ id }) => store.stages.list(id));
    // Who holds the lease, and which tries failed on the way, is no result.
    const {
      lease: _lease,
      shardFaults: _faults,
      shard_faults: _tries,
      jobs: _jobs,
      ...rows
    } = store.counts();
    return [
      ...Object.entries(rows).map(([table, count]) => `${count} rows of ${table}`),
      ...store.runs.list().map(({ id, progress }) => `run ${id} ${progress}`),
      ...store.checkpoints.list().map(({ id, kind }) => `checkpoint ${kind} ${id}`),
      ...stages.flatMap((stage) => stageLines(store, stage)),
    ];
  } finally {
    store.close();
  }
}

function stageLines(store: Store, stage: ReturnType<Store["stages"]["list"]>[number]): string[] {
  const { id, name, progress, plannedShards } = stage;
  const candidates = [...store.candidates.iterate(id)].map((one) => one.id);
  const items = [...store.evaluations.items(id)].map((item) => Object.values(item).join(" "));
  return [
    `stage ${name} ${id}: ${progress}, ${plannedShards} shards`,
    `stage ${name} ${id}: candidates ${hashOf(candidates.join())}, items ${hashOf(items.join())}`,
    ...store.shards
      .list(id)
      .map((shard) => `stage ${name} ${id}: shard ${shard.index} ${shard.rows} ${shard.sha256}`),
    ...(name === "pairs" ? [`stage ${name} ${id}: pairs ${store.pairs.setHash(id)}`] : []),
  ];
}

function fileLines(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !PASSING.test(file))
    .map(
      (file) =>
        `file ${relative(folder, file)}${SAME_CONTENT.test(file) ? ` ${hashOf(readFileSync(file))}` : ""}`,
    );
}

function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}
