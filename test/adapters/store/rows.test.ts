import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { pairId, type Store, type VerdictRow } from "../../../src/adapters/store/index.js";
import type { Verdict } from "../../../src/records/verdict.js";
import { candidate, openStage, PROMPTS, placeFile, storeCandidates, temporaryStore } from "./workspace.js";

test("a candidate is found by the first digits of its id, in whichever shard it lies", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  storeCandidates(store, stage, 0, [candidate(0), candidate(1)]);
  storeCandidates(store, stage, 1, [candidate(3), candidate(2)]);
  const found = store.candidates.find("0002");
  expect(found).toEqual({
    ...candidate(2),
    file: store.shards.find(stage.id, 1)?.file,
    row: 1,
    sha256: "0".repeat(64),
  });
  expect(() => store.candidates.find("000")).toThrow(/Several candidate ids begin with 000/);
  expect(store.candidates.find("ffff")).toBeUndefined();
  expect(store.candidates.find("%")).toBeUndefined();
});

test("a candidate that two stages made is one candidate in two places", () => {
  const store = temporaryStore();
  const [first, second] = [openStage(store, "candidates"), openStage(store, "evaluation-plain")];
  storeCandidates(store, first, 0, [candidate(0), candidate(1)]);
  storeCandidates(store, second, 0, [candidate(1)]);
  expect(store.counts()).toMatchObject({ candidates: 2, candidate_rows: 3 });
  expect(store.candidates.find(candidate(1).id)?.file).toBe(store.shards.find(first.id, 0)?.file);
  expect([...store.candidates.ofPrompt(candidate(1).promptId)]).toHaveLength(1);

  store.stages.clear(first.id);
  expect(store.candidates.find(candidate(1).id)?.file).toBe(store.shards.find(second.id, 0)?.file);
});

test("the pair miner sees each prompt once, all its candidates by seed, and only one judge's outcome verdicts", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  storeCandidates(store, stage, 0, [4, 1, 0].map(candidate));
  storeCandidates(store, stage, 1, [3, 2].map(candidate));
  const failed = { kind: "failed", reason: "unreadable" } as const;
  scoreAll(store, [
    [0, "judge", { kind: "scored", score: 0.25, reasons: ["first too many", "second missing"] }],
    [2, "judge", failed],
    [4, "other", { kind: "scored", score: 1 }],
    [3, "judge", { kind: "not-ready" }],
  ]);
  const groups = [...store.candidates.byPrompt(stage.id, "judge")];
  expect(groups.map((group) => group.prompt)).toEqual(PROMPTS);
  expect(groups.map((group) => group.candidates.map(({ seed, verdict }) => [seed, verdict]))).toEqual([
    [
      [0, { kind: "scored", score: 0.25, reasons: ["first too many", "second missing"] }],
      [2, failed],
      [4, null],
    ],
    [
      [1, null],
      [3, { kind: "not-ready" }],
    ],
  ]);
  expect([...store.candidates.byPrompt("no such stage", "judge")]).toEqual([]);
});

test("a verdict given before the end of the path is no outcome of it", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  storeCandidates(store, stage, 0, [candidate(0)]);
  const early = { ...verdict(0, "judge", { kind: "scored", score: 1 }), step: 6 };
  store.shards.commit(openStage(store, "scores").id, 0, { rows: 1 }, (writer) => writer.verdicts([early]));
  expect([...store.candidates.byPrompt(stage.id, "judge")][0]?.candidates[0]?.verdict).toBeNull();
  expect(store.verdicts.find(early)).toEqual(early);
  expect(store.verdicts.ofCandidate(candidate(0).id)).toEqual([early]);
});

test("asking again replaces the verdict", () => {
  const store = temporaryStore();
  storeCandidates(store, openStage(store, "candidates"), 0, [candidate(0)]);
  scoreAll(store, [[0, "judge", { kind: "failed", reason: "crashed" }]]);
  scoreAll(store, [[0, "judge", { kind: "scored", score: 0.5 }]]);
  expect(store.verdicts.ofCandidate(candidate(0).id)).toEqual([
    verdict(0, "judge", { kind: "scored", score: 0.5 }),
  ]);
});

test("rows stream while shards are committed, as they were when the stream began", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  storeCandidates(store, stage, 0, [0, 1, 2].map(candidate));
  const seen: number[] = [];
  for (const { seed } of store.candidates.iterate(stage.id)) {
    seen.push(seed as number);
    storeCandidates(store, stage, seen.length, [candidate(10 + (seed as number))]);
  }
  expect(seen).toEqual([0, 1, 2]);
  expect([...store.candidates.iterate(stage.id)].map(({ seed }) => seed)).toEqual([0, 1, 2, 10, 11, 12]);
  expect([...store.candidates.ofShard(stage.id, 2)]).toMatchObject([
    { seed: 11, row: 0, prompt: PROMPTS[1] },
  ]);
});

test("a stream that is left early lets go of the ledger", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  storeCandidates(store, stage, 0, [0, 1, 2].map(candidate));
  for (const { seed } of store.candidates.iterate(stage.id)) if (seed === 1) break;
  store.close();
});

test("prompts keep the order of their stage", () => {
  const store = temporaryStore();
  const stage = openStage(store, "prompts");
  store.shards.commit(stage.id, 1, { rows: 1 }, (writer) => writer.prompts(PROMPTS.slice(0, 1)));
  store.shards.commit(stage.id, 0, { rows: 1 }, (writer) => writer.prompts(PROMPTS.slice(1)));
  expect([...store.prompts.iterate(stage.id)]).toEqual([...PROMPTS].reverse());
  expect(store.prompts.count(stage.id)).toBe(2);
  expect(store.prompts.find("0b")).toEqual(PROMPTS[1]);
});

test("the pair set hash is that of the sorted ids, whatever the order of the pairs", () => {
  const store = temporaryStore();
  storeCandidates(store, openStage(store, "candidates"), 0, [0, 1, 2, 3, 4, 5].map(candidate));
  const stages = [
    [
      [0, 2],
      [1, 3],
      [2, 4],
    ],
    [
      [2, 4],
      [0, 2],
      [1, 3],
    ],
  ].map((pairs, index) => storePairs(store, `pairs-${index}`, pairs as [number, number][]));
  const ids = [pair(0, 2), pair(1, 3), pair(2, 4)].map(({ chosenId, rejectedId }) =>
    pairId(chosenId, rejectedId),
  );
  const expected = createHash("sha256")
    .update(
      ids
        .sort()
        .map((id) => `${id}\n`)
        .join(""),
    )
    .digest("hex");
  expect(stages.map((id) => store.pairs.setHash(id))).toEqual([expected, expected]);
  expect(store.pairs.setHash(storePairs(store, "swapped", [[2, 0]]))).not.toBe(expected);
});

test("a pair is found, listed with its file, and found in each of its sets", () => {
  const store = temporaryStore();
  storeCandidates(store, openStage(store, "candidates"), 0, [0, 2].map(candidate));
  const first = storePairs(store, "pairs-a", [[0, 2]]);
  const second = storePairs(store, "pairs-b", [[0, 2]]);
  const id = pairId(candidate(0).id, candidate(2).id);
  const file = store.shards.find(first, 0)?.file;
  expect([...store.pairs.iterate(first)]).toMatchObject([
    { id, row: 0, ...pair(0, 2), review: "unreviewed", file },
  ]);
  expect(store.pairs.find(id.slice(0, 6))).toMatchObject({ id, file });
  expect(store.pairs.inStage(second, id)).toMatchObject({ id, file: store.shards.find(second, 0)?.file });
  expect(store.pairs.inStage(second, id.slice(0, 6))).toBeUndefined();
});

test("an evaluation's items come by prompt and sample, with what a comparison needs", () => {
  const store = temporaryStore();
  storeCandidates(store, openStage(store, "candidates"), 0, [0, 1, 2].map(candidate));
  const stage = openStage(store, "evaluation-plain");
  const evaluation = {
    checkpoint: "base",
    label: "base",
    selection: "plain",
    detector: "classical",
    judge: null,
    promptSetHash: "held-out",
    settings: {},
  };
  const item = (number: number, sample: number, correct: boolean) => {
    const { id: candidateId, promptId } = candidate(number);
    const box = [1, 2, 3, 4] as const;
    const detections = [{ class: "star", box, score: 0.5, color: "red" }];
    return {
      promptId,
      sample,
      candidateId,
      correct,
      reason: correct ? "" : "none",
      heldOutScore: null,
      score: null,
      detections,
    };
  };
  store.shards.commit(stage.id, 0, { rows: 3 }, (writer) => {
    writer.evaluation(evaluation);
    writer.evaluationItems([item(1, 0, true), item(2, 1, false), item(0, 0, true)]);
  });
  expect([...store.evaluations.items(stage.id)]).toEqual([
    { ...item(0, 0, true), text: PROMPTS[0]?.text, tag: null, seed: 0 },
    { ...item(2, 1, false), text: PROMPTS[0]?.text, tag: null, seed: 2 },
    { ...item(1, 0, true), text: PROMPTS[1]?.text, tag: "counting", seed: 1 },
  ]);
  expect(store.evaluations.list("run")).toEqual([
    { ...evaluation, stageId: stage.id, runId: "run", round: 0 },
  ]);
  expect(store.evaluations.list("another run")).toEqual([]);
});

test("checkpoints are found by name or identity, and what a stage recorded stays", () => {
  const store = temporaryStore();
  const checkpoint = (id: string, name: string) => {
    const more = {
      kind: "generator",
      family: "bundled",
      parents: [],
      pairSetHash: null,
      record: { format: 1 },
    } as const;
    return { id: id.repeat(64), name, location: `checkpoints/${name}`, ...more };
  };
  store.checkpoints.add(checkpoint("a", "scenes-base"));
  const stage = openStage(store, "training");
  store.shards.commit(stage.id, 0, { rows: 0 }, (writer) => {
    writer.checkpoint({ ...checkpoint("b", "round-1"), parents: ["a".repeat(64)] });
    writer.artifact({ kind: "log", file: "reports/training.log", sha256: "0", bytes: 12 });
  });
  store.checkpoints.add(checkpoint("b", "round-1"));
  expect(store.checkpoints.find("round-1")).toMatchObject({ stageId: stage.id, parents: ["a".repeat(64)] });
  expect(store.checkpoints.find("aaaa")?.name).toBe("scenes-base");
  expect(store.checkpoints.find("cccc")).toBeUndefined();
  expect(store.checkpoints.list().map(({ name }) => name)).toEqual(["round-1", "scenes-base"]);
  expect(store.artifacts.list(stage.id)).toMatchObject([{ kind: "log", bytes: 12 }]);
  store.checkpoints.add(checkpoint("c", "round-1"));
  expect(() => store.checkpoints.find("round-1")).toThrow(/Several checkpoints are named "round-1"/);
});

function verdict(number: number, judge: string, given: Verdict): VerdictRow {
  const { id: candidateId, steps: step } = candidate(number);
  return { candidateId, judge, question: "outcome", step, verdict: given };
}

function scoreAll(store: Store, given: readonly [number: number, judge: string, verdict: Verdict][]): void {
  const rows = given.map(([number, judge, answer]) => verdict(number, judge, answer));
  const stage = openStage(store, "scores");
  store.shards.commit(stage.id, 0, { rows: rows.length }, (writer) => writer.verdicts(rows));
}

function pair(chosen: number, rejected: number) {
  const { id: chosenId, promptId } = candidate(chosen);
  const scores = { chosenScore: 0.75, rejectedScore: 0.25, margin: 0.5 };
  return { promptId, chosenId, rejectedId: candidate(rejected).id, ...scores, policy: "best-versus-worst" };
}

/** Stores the pairs as one stage of one shard and returns the stage's id. */
function storePairs(store: Store, name: string, numbers: readonly (readonly [number, number])[]): string {
  const stage = openStage(store, name);
  const rows = numbers.map(([chosen, rejected]) => pair(chosen, rejected));
  store.shards.commit(stage.id, 0, placeFile(store, stage, 0, rows.length), (writer) => writer.pairs(rows));
  return stage.id;
}

test("identical images share the hash of their tokens", () => {
  const store = temporaryStore();
  const grids = [
    [1, 2],
    [1, 2],
    [2, 1],
  ].map((tokens) => Uint16Array.from(tokens));
  const rows = [0, 2, 4].map((number, index) => ({
    ...candidate(number),
    tokens: grids[index] as Uint16Array,
  }));
  const stage = openStage(store, "candidates");
  storeCandidates(store, stage, 0, rows);
  const [group] = store.candidates.byPrompt(stage.id, "judge");
  const [first, same, other] = group?.candidates.map(({ grid }) => grid) ?? [];
  expect(first).toMatch(/^[0-9a-f]{16}$/);
  expect(same).toBe(first);
  expect(other).not.toBe(first);
});
