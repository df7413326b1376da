import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import {
  type CandidateRow,
  openStore,
  type StageRow,
  type Store,
} from "../../../src/adapters/store/index.js";
import { shardFile, type Workspace, workspacePaths } from "../../../src/paths.js";
import type { Prompt } from "../../../src/records/prompt.js";

export const SETTINGS = { steps: 12, guidanceScale: 2, temperature: 1, schedule: "cosine" } as const;
export const PROMPTS: readonly Prompt[] = [
  { id: "0a00000000000000", text: "a photo of a red circle" },
  {
    id: "0b00000000000000",
    text: "a photo of two stars",
    metadata: { tag: "counting", include: [{ class: "star", count: 2 }], prompt: "a photo of two stars" },
  },
];

/** A workspace in a new folder, removed when the test ends. */
export function temporaryWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "espalier-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return workspacePaths(join(folder, "workspace"));
}

/** An open store of a new workspace with run "run" and round 0, closed when the test ends. */
export function temporaryStore(now?: () => number): Store {
  const store = openStore(temporaryWorkspace(), now === undefined ? {} : { now });
  onTestFinished(() => store.close());
  store.runs.open({ id: "run", pipeline: "test", configHash: "c0", config: {} });
  store.rounds.open({ runId: "run", number: 0, manifest: {} });
  return store;
}

export function openStage(store: Store, name: string, inputsHash = "inputs"): StageRow {
  return store.stages.open({ runId: "run", round: 0, name, inputsHash, inputs: {} });
}

/** Puts bytes where the shard's file belongs, as an Arrow writer would, and returns what a commit takes. */
export function placeFile(store: Store, stage: StageRow, index: number, rows: number) {
  const file = shardFile(stage, index);
  const path = join(store.workspace.root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "bytes");
  return { file, sha256: "0".repeat(64), rows };
}

/** Candidate `number` of the made-up checkpoint: even numbers belong to the first prompt. */
export function candidate(number: number): CandidateRow {
  const prompt = PROMPTS[number % 2] as Prompt;
  const id = `${number.toString(16).padStart(4, "0")}${"e".repeat(20)}`;
  const more = { steps: 12, status: "finished", reason: "" } as const;
  return { id, promptId: prompt.id, checkpoint: "base", settings: SETTINGS, seed: number, ...more };
}

/** Stores the prompts and the candidates of one shard, in the given order. */
export function storeCandidates(
  store: Store,
  stage: StageRow,
  index: number,
  rows: readonly CandidateRow[],
): void {
  store.shards.commit(stage.id, index, placeFile(store, stage, index, rows.length), (writer) => {
    writer.prompts(PROMPTS);
    writer.candidates(rows);
  });
}
