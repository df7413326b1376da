import { expect, test } from "vitest";
import type { NewSearch } from "../../../../src/adapters/store/index.js";
import { candidate, openStage, PROMPTS, placeFile, storeCandidates, temporaryStore } from "../workspace.js";

const forked = {
  ...candidate(2),
  forks: [{ step: 3, remask: 0.25, seed: 9 }],
  correction: { tokens: [1, 2, 3], reasons: ["first missing"] },
  nfe: 14,
} as const;

function search(attempt: number, more: Partial<NewSearch> = {}): NewSearch {
  const costs = { nfe: 20, sampledNfe: 12, judgeCalls: 3, failedVerdicts: 1, seconds: 0.5 };
  const place = { firstRow: 2 * attempt, paths: 2 };
  return {
    promptId: (PROMPTS[0] as { id: string }).id,
    attempt,
    chosenId: null,
    reason: "",
    ...costs,
    ...place,
    ...more,
  };
}

test("a search keeps what it settled on, what it cost and its paths in order", () => {
  const store = temporaryStore();
  const stage = openStage(store, "search");
  const rows = [forked, candidate(0), candidate(6), candidate(4)];
  store.shards.commit(stage.id, 0, placeFile(store, stage, 0, rows.length), (writer) => {
    writer.prompts(PROMPTS);
    writer.candidates(rows);
    writer.searches([search(1, { chosenId: candidate(4).id, reason: "highest" }), search(0)]);
  });
  const found = [...store.searches.iterate(stage.id)];
  expect(found.map(({ attempt, chosenId }) => [attempt, chosenId])).toEqual([
    [0, null],
    [1, candidate(4).id],
  ]);
  const paths = found.map((one) =>
    store.searches.paths(one).map(({ row: _, file: __, sha256: ___, ...path }) => path),
  );
  expect(paths).toEqual([
    [forked, candidate(0)],
    [candidate(6), candidate(4)],
  ]);
  const costs = { nfe: 40, sampledNfe: 24, judgeCalls: 6, failedVerdicts: 2, seconds: 1 };
  expect(store.searches.costs(stage.id)).toEqual({ searches: 2, ...costs });
});

test("a search whose shard is done again is forgotten with it", () => {
  const store = temporaryStore();
  const stage = openStage(store, "search");
  storeCandidates(store, openStage(store, "candidates"), 0, [candidate(0)]);
  store.shards.commit(stage.id, 0, { rows: 0 }, (writer) => writer.searches([search(0)]));
  store.stages.clear(stage.id);
  expect(store.searches.costs(stage.id)).toMatchObject({ searches: 0, nfe: 0 });
});

test("the opinions of an ensemble come back with the verdict", () => {
  const store = temporaryStore();
  storeCandidates(store, openStage(store, "candidates"), 0, [candidate(0)]);
  const row = {
    candidateId: candidate(0).id,
    judge: "an ensemble",
    question: "outcome",
    step: 12,
    verdict: { kind: "scored", score: 0.5, opinions: [0.25, 0.75] },
  } as const;
  store.shards.commit(openStage(store, "scores").id, 0, { rows: 1 }, (writer) => writer.verdicts([row]));
  expect(store.verdicts.find(row)).toEqual(row);
});
