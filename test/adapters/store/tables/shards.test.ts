import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore, type Store } from "../../../../src/adapters/store/index.js";
import { StoreError } from "../../../../src/errors.js";
import {
  candidate,
  openStage,
  PROMPTS,
  placeFile,
  storeCandidates,
  temporaryStore,
  temporaryWorkspace,
} from "../workspace.js";

test("a shard's row and its rows land together, and a failure in between leaves neither", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  const before = store.counts();
  const result = placeFile(store, stage, 0, 2);
  const failing = () =>
    store.shards.commit(stage.id, 0, result, (writer) => {
      writer.prompts(PROMPTS);
      writer.candidates([candidate(0), candidate(1)]);
      throw new Error("half-way");
    });
  expect(failing).toThrow("half-way");
  expect(store.counts()).toEqual(before);
  expect(store.shards.isDone(stage.id, 0)).toBe(false);

  storeCandidates(store, stage, 0, [candidate(0), candidate(1)]);
  expect(store.shards.isDone(stage.id, 0)).toBe(true);
  expect(store.counts()).toMatchObject({ shards: 1, prompts: 2, candidates: 2, candidate_rows: 2 });
});

test("an async callback is refused and nothing of it stays", async () => {
  const store = temporaryStore();
  const stage = openStage(store, "prompts");
  // oxlint-disable-next-line typescript/no-misused-promises -- the fault that is refused
  const late = () => store.shards.commit(stage.id, 0, { rows: 2 }, async (writer) => writer.prompts(PROMPTS));
  expect(late).toThrow(/expected a synchronous callback/);
  expect(store.counts()).toMatchObject({ shards: 0, prompts: 0 });
});

test("a row is only written for a file in place, inside the workspace", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  const commit = (file: string) => store.shards.commit(stage.id, 0, { file, sha256: "0", rows: 1 });
  expect(() => commit("arrow/missing.arrow")).toThrow(/expected the file to be in place before its row/);
  expect(() => commit("../outside.arrow")).toThrow(/leaves its folder/);
});

test("a shard whose file was deleted is not done, and doing it again replaces its rows", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  storeCandidates(store, stage, 0, [candidate(0), candidate(1)]);
  rmSync(join(store.workspace.root, store.shards.find(stage.id, 0)?.file ?? ""));
  expect(store.shards.isDone(stage.id, 0)).toBe(false);

  storeCandidates(store, stage, 0, [candidate(0), candidate(1)]);
  expect(store.shards.progress(stage.id)).toEqual({ shards: 1, rows: 2 });
  expect(store.counts()).toMatchObject({ candidates: 2, candidate_rows: 2, prompt_rows: 2 });
});

test("a row that refers to nothing stored is refused in words", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  const orphan = () =>
    store.shards.commit(stage.id, 0, placeFile(store, stage, 0, 1), (writer) =>
      writer.candidates([candidate(0)]),
    );
  expect(orphan).toThrow(StoreError);
  expect(orphan).toThrow(/is not stored: store that first/);
});

test("clearing a stage forgets its shards and keeps what is known by content", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  storeCandidates(store, stage, 0, [candidate(0)]);
  store.stages.end(stage.id, "finished", { summary: { candidates: 1 } });
  expect(openStage(store, "candidates")).toMatchObject({ progress: "finished", summary: { candidates: 1 } });

  store.stages.clear(stage.id);
  expect(openStage(store, "candidates").progress).toBe("running");
  expect(store.counts()).toMatchObject({
    shards: 0,
    candidate_rows: 0,
    prompt_rows: 0,
    candidates: 1,
    prompts: 2,
  });
});

test("runs, rounds and stages are found again, and a run never changes its settings", () => {
  let clock = 0;
  const store = temporaryStore(() => ++clock);
  store.runs.end("run", "failed", "no space");
  expect(store.runs.find("run")).toMatchObject({ progress: "failed", message: "no space", createdAt: 2 });
  const again = store.runs.open({ id: "run", pipeline: "test", configHash: "c0", config: {} });
  expect(again).toMatchObject({ progress: "running", message: null, createdAt: 2 });
  const other = { id: "run", pipeline: "test", configHash: "c1", config: {} };
  expect(() => store.runs.open(other)).toThrow(/begun with other settings: expected their hash c0, got c1/);
  store.runs.open({ ...other, id: "another" });
  expect(store.runs.list().map((run) => run.id)).toEqual(["another", "run"]);

  store.rounds.open({ runId: "run", number: 1, manifest: { a: 1 }, referencePolicy: "base" });
  store.rounds.finish("run", 1, { toCheckpoint: "k1", promoted: false });
  store.rounds.open({ runId: "run", number: 1, manifest: { a: 2 } });
  expect(store.rounds.find("run", 1)).toMatchObject({
    manifest: { a: 2 },
    referencePolicy: "base",
    toCheckpoint: "k1",
    promoted: false,
  });
  const noRound = { runId: "run", round: 9, name: "pairs", inputsHash: "x", inputs: {} };
  expect(() => store.stages.open(noRound)).toThrow(/is not stored: store that first/);
});

test("the same stage has the same id in every workspace, whatever the clock says", () => {
  const ids = [1, 1_000].map(
    (time) =>
      openStage(
        temporaryStore(() => time),
        "candidates",
      ).id,
  );
  expect(new Set(ids).size).toBe(1);
  expect(stageIds(temporaryStore())).toHaveLength(2);
});

/** Ids of two stages that differ in their inputs only. */
function stageIds(store: Store): string[] {
  return [...new Set(["inputs", "other"].map((inputs) => openStage(store, "candidates", inputs).id))];
}

test("a file that is no database is named, with the cure", () => {
  const workspace = temporaryWorkspace();
  mkdirSync(workspace.root, { recursive: true });
  writeFileSync(workspace.database, "not a database, but long enough to be looked at".repeat(100));
  expect(() => openStore(workspace)).toThrow(/Expected a ledger made by espalier/);
});
