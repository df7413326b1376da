import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CandidateFileRow, readCandidates, writeCandidates } from "../../../src/adapters/arrow/index.js";
import { contactSheet, decodePng } from "../../../src/adapters/images/index.js";
import { openStore, type StageRow, type Store } from "../../../src/adapters/store/index.js";
import { StoreError } from "../../../src/errors.js";
import { workspacePaths } from "../../../src/paths.js";
import { replayCandidate } from "../../../src/runner/inspection/replay-candidate.js";
import { showItem } from "../../../src/runner/inspection/show-item.js";
import { statusOf } from "../../../src/runner/inspection/status.js";
import { runPipeline } from "../../../src/runner/run/run-pipeline.js";
import { MODELS, tinyConfig, tinyFamily, tinyFolder, tinyOptions } from "../tiny-run.js";

const folder = tinyFolder();
const workspace = join(folder, "workspace");
const place = { workspace, models: MODELS, family: tinyFamily() };

beforeAll(() => runPipeline(tinyConfig(folder, { rounds: 1 }), tinyOptions(folder)));
afterAll(() => rmSync(folder, { recursive: true }));

function reading<Result>(read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

const stageNamed = (store: Store, name: string) =>
  store.stages.list("tiny").find((stage) => stage.name === name) as StageRow;

describe("statusOf", () => {
  test("says of every stage how far it is", () => {
    const { runs, counts } = statusOf(workspace);
    expect(runs).toMatchObject([{ run: "tiny", progress: "finished" }]);
    expect(runs[0]?.rounds.map(({ number }) => number)).toEqual([0, 1]);
    const stages = runs[0]?.stages ?? [];
    expect(stages.length).toBeGreaterThan(8);
    for (const { progress, shards } of stages) {
      expect(progress).toBe("finished");
      expect(shards.done).toBe(shards.planned);
    }
    expect(counts["runs"]).toBe(1);
  });

  test("names a workspace that is not there", () => {
    expect(() => statusOf(join(folder, "elsewhere"))).toThrow("No workspace at");
  });
});

describe("replayCandidate", () => {
  test("gives the same tokens for every candidate of the run", async () => {
    const ids = reading((store) => [...store.candidates.iterate(stageNamed(store, "candidates").id)]);
    for (const { id } of ids) {
      expect(await replayCandidate(id, place)).toMatchObject({ stored: { id }, same: true, differing: [] });
    }
    expect(ids).toHaveLength(12);
  });

  test("points at the position where a stored token is another", async () => {
    const [located] = reading((store) => [...store.candidates.iterate(stageNamed(store, "candidates").id)]);
    const { id = "", file = "", row = 0 } = located ?? {};
    const path = join(workspace, file);
    const original = readFileSync(path);
    const rows: CandidateFileRow[] = [];
    for await (const one of readCandidates(path)) rows.push(one);
    const tokens = rows[row]?.tokens as Uint16Array;
    tokens[5] = (tokens[5] as number) ^ 1;
    await writeCandidates(path, rows, { tokens: tokens.length });
    const replayed = await replayCandidate(id, place);
    writeFileSync(path, original);
    expect(replayed).toMatchObject({ same: false, differing: [5] });
  });

  test("refuses an unknown id", async () => {
    await expect(replayCandidate("ffffffff", place)).rejects.toThrow(StoreError);
  });
});

describe("showItem", () => {
  test("draws a candidate, a pair and a prompt with its candidates", async () => {
    const [pair] = reading((store) => [...store.pairs.iterate(stageNamed(store, "pairs").id)]);
    const { id = "", chosenId = "", rejectedId = "", promptId = "" } = pair ?? {};
    const items = [
      { id: chosenId, kind: "candidate", candidates: [{ id: chosenId, role: "" }] },
      {
        id,
        kind: "pair",
        candidates: [
          { id: chosenId, role: "chosen" },
          { id: rejectedId, role: "rejected" },
        ],
      },
      { id: promptId, kind: "prompt", candidates: [{}, {}, {}] },
    ];
    for (const item of items) {
      const shown = await showItem(item.id, place);
      expect(shown).toMatchObject(item);
      expect((await decodePng(await contactSheet(shown.sheet))).width).toBeGreaterThan(100);
    }
  });

  test("says of a prompt without candidates that there is nothing to draw", async () => {
    const sqlite = new SqliteDatabase(join(workspace, "espalier.db"));
    sqlite.exec("CREATE TEMP TABLE lone AS SELECT * FROM prompts LIMIT 1; UPDATE lone SET id = 'ffff0000'");
    sqlite.exec("INSERT INTO prompts SELECT * FROM lone");
    sqlite.close();
    await expect(showItem("ffff0000", place)).rejects.toThrow("has no candidates to draw");
  });

  test("refuses an id that nothing has", async () => {
    await expect(showItem("ffffffff", place)).rejects.toThrow(StoreError);
  });
});
