import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type GridSide, type PairFileRow, readPairs } from "../../../src/adapters/arrow/index.js";
import { sha256OfFile } from "../../../src/adapters/checkpoint-record.js";
import {
  type CandidateRow,
  openStore,
  type StageRow,
  type Store,
} from "../../../src/adapters/store/index.js";
import { shardFile, workspacePaths } from "../../../src/paths.js";

const FIXTURE = join(import.meta.dirname, "../../fixtures/review/pairs.arrow");
const SETTINGS = { steps: 8, guidanceScale: 1, temperature: 1, schedule: "cosine" } as const;

/** A workspace that holds one finished pairs stage: real images of the bundled models. */
export interface ReviewWorkspace {
  readonly root: string;
  readonly store: Store;
  readonly pairs: StageRow;
  /** As they lie in the file. */
  readonly rows: readonly PairFileRow[];
}

/** Made for one test, and closed and removed after it. */
export async function reviewWorkspace(): Promise<ReviewWorkspace> {
  const root = mkdtempSync(join(tmpdir(), "espalier-review-"));
  const store = openStore(workspacePaths(root));
  onTestFinished(() => {
    store.close();
    rmSync(root, { recursive: true, force: true });
  });
  store.runs.open({ id: "test", pipeline: "test", configHash: "test", config: {} });
  store.rounds.open({ runId: "test", number: 1, manifest: {} });
  const rows: PairFileRow[] = [];
  for await (const row of readPairs(FIXTURE)) rows.push(row);
  storeCandidates(store, rows);
  return { root, store, rows, pairs: storePairs(store, rows) };
}

function storeCandidates(store: Store, rows: readonly PairFileRow[]): void {
  const stage = openStage(store, "candidates");
  const sides = rows.flatMap((row) => [row.chosen, row.rejected].map((side) => candidateRow(row, side)));
  const candidates = [...new Map(sides.map((one) => [one.id, one])).values()];
  const file = shardFile(stage, 0);
  mkdirSync(dirname(join(store.workspace.root, file)), { recursive: true });
  writeFileSync(join(store.workspace.root, file), "");
  const sha256 = sha256OfFile(join(store.workspace.root, file));
  const result = { file, sha256, rows: candidates.length };
  store.shards.commit(stage.id, 0, result, (writer) => {
    writer.prompts(rows.map(({ prompt }) => ({ id: promptId(prompt), text: prompt })));
    writer.candidates(candidates);
  });
  store.stages.end(stage.id, "finished");
}

function storePairs(store: Store, rows: readonly PairFileRow[]): StageRow {
  const stage = openStage(store, "pairs");
  const file = shardFile(stage, 0);
  mkdirSync(dirname(join(store.workspace.root, file)), { recursive: true });
  copyFileSync(FIXTURE, join(store.workspace.root, file));
  const sha256 = sha256OfFile(join(store.workspace.root, file));
  store.shards.commit(stage.id, 0, { file, sha256, rows: rows.length }, (writer) =>
    writer.pairs(rows.map(ledgerRow)),
  );
  store.stages.end(stage.id, "finished", { summary: { pairs: rows.length } });
  return store.stages.find(stage.id) as StageRow;
}

function openStage(store: Store, name: string): StageRow {
  return store.stages.open({
    runId: "test",
    round: 1,
    name,
    inputsHash: "test",
    inputs: {},
    plannedShards: 1,
  });
}

function candidateRow({ prompt }: PairFileRow, { id, seed }: GridSide): CandidateRow {
  const end = { steps: SETTINGS.steps, status: "finished", reason: "" } as const;
  return { id, promptId: promptId(prompt), checkpoint: "base", settings: SETTINGS, seed, ...end };
}

function ledgerRow({ prompt, chosen, rejected, margin }: PairFileRow) {
  return {
    promptId: promptId(prompt),
    chosenId: chosen.id,
    rejectedId: rejected.id,
    chosenScore: chosen.score,
    rejectedScore: rejected.score,
    margin,
    policy: "best-versus-worst",
  };
}

/** Hexadecimal, as ids are. */
function promptId(text: string): string {
  return Buffer.from(text).toString("hex").slice(0, 32);
}
