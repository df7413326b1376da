import { expect, test } from "vitest";
import { openStore, pairId, type Store } from "../../../../src/adapters/store/index.js";
import { StoreError } from "../../../../src/errors.js";
import type { ReviewAnswer } from "../../../../src/records/review.js";
import { candidate, openStage, placeFile, storeCandidates, temporaryStore } from "../workspace.js";

/** Margins of the pairs (0, 2), (4, 6) and (8, 10), and of the last one the other way round in a second set. */
const MARGINS = [0.5, 0.1, 0.3];

function bench(): { store: Store; stage: string; other: string } {
  const store = temporaryStore();
  storeCandidates(store, openStage(store, "candidates"), 0, [0, 2, 4, 6, 8, 10].map(candidate));
  const keep = (name: string, pairs: readonly [number, number, number][]) => {
    const stage = openStage(store, name);
    store.shards.commit(stage.id, 0, placeFile(store, stage, 0, pairs.length), (writer) =>
      writer.pairs(pairs.map(([chosen, rejected, margin]) => row(chosen, rejected, margin))),
    );
    return stage.id;
  };
  const stage = keep(
    "pairs",
    MARGINS.map((margin, index) => [index * 4, index * 4 + 2, margin]),
  );
  return { store, stage, other: keep("pairs-other", [[10, 8, 0.2]]) };
}

function row(chosen: number, rejected: number, margin: number) {
  const { id: chosenId, promptId } = candidate(chosen);
  const rejectedId = candidate(rejected).id;
  return {
    promptId,
    chosenId,
    rejectedId,
    chosenScore: 0.5 + margin,
    rejectedScore: 0.5,
    margin,
    policy: "test",
  };
}

/** Says `answer` of pair `index` of the first set, its chosen image on the left. */
function say(store: Store, stageId: string, reviewer: string, index: number, answer: ReviewAnswer) {
  const [leftId, rightId] = [candidate(index * 4).id, candidate(index * 4 + 2).id];
  return store.reviews.answer({ stageId, reviewer, leftId, rightId, answer });
}

const margins = (store: Store, stage: string, reviewer: string) =>
  store.reviews.waiting(stage, reviewer, "least-sure", 9).map(({ margin }) => margin);

test("the pairs with the smallest margin are asked first, and once each of a person", () => {
  const { store, stage } = bench();
  expect(margins(store, stage, "ann")).toEqual([0.1, 0.3, 0.5]);
  say(store, stage, "ann", 1, "left");
  expect(margins(store, stage, "ann")).toEqual([0.3, 0.5]);
  expect(margins(store, stage, "ben")).toEqual([0.1, 0.3, 0.5]);
  expect([store.reviews.answered(stage, "ann"), store.reviews.answered(stage, "ben")]).toEqual([1, 0]);
});

test("at equal margins the score nearest to an even chance is asked first", () => {
  const { store } = bench();
  const stage = openStage(store, "pairs-even");
  const [sure, unsure] = [row(0, 2, 0.2), row(4, 6, 0.2)];
  store.shards.commit(stage.id, 0, placeFile(store, stage, 0, 2), (writer) =>
    writer.pairs([{ ...sure, chosenScore: 0.9, rejectedScore: 0.7 }, unsure]),
  );
  const asked = store.reviews.waiting(stage.id, "ann", "least-sure", 2).map(({ chosenId }) => chosenId);
  expect(asked).toEqual([unsure.chosenId, sure.chosenId]);
});

test("the random order does not look at margins", () => {
  const { store, stage } = bench();
  const ids = store.reviews.waiting(stage, "ann", "random", 9).map(({ id }) => id);
  expect(ids).toEqual([...ids].sort());
  expect(ids).toHaveLength(3);
});

test("an answer holds for the same two images in another set, whichever of them is chosen there", () => {
  const { store, stage, other } = bench();
  say(store, stage, "ann", 2, "tie");
  expect(store.reviews.waiting(other, "ann", "least-sure", 9)).toEqual([]);
  expect(store.reviews.answered(other, "ann")).toBe(1);
  const [reviewed] = [...store.reviews.reviewed(other)];
  expect(reviewed?.pair.id).toBe(pairId(candidate(10).id, candidate(8).id));
  expect(reviewed?.reviews.map(({ answer }) => answer)).toEqual(["tie"]);
});

test("an undo takes back the last standing answer and leaves both rows in the ledger", () => {
  const { store, stage } = bench();
  say(store, stage, "ann", 1, "left");
  const second = say(store, stage, "ann", 0, "right");
  say(store, stage, "ben", 0, "left");
  expect(store.reviews.undo(stage, "ann")).toEqual(second);
  expect(margins(store, stage, "ann")).toEqual([0.3, 0.5]);
  expect(store.reviews.undo(stage, "ann")?.answer).toBe("left");
  expect(store.reviews.undo(stage, "ann")).toBeUndefined();
  expect(store.counts()["reviews"]).toBe(5);
  say(store, stage, "ann", 0, "tie");
  const standing = [...store.reviews.reviewed(stage)].map(({ reviews }) =>
    reviews.map(({ reviewer, answer }) => `${reviewer} ${answer}`),
  );
  expect(standing).toEqual([["ben left", "ann tie"]]);
});

test("a second answer on the same images is refused while the first stands, in either order", () => {
  const { store, stage, other } = bench();
  say(store, stage, "ann", 2, "left");
  const again = {
    reviewer: "ann",
    leftId: candidate(10).id,
    rightId: candidate(8).id,
    answer: "left",
  } as const;
  expect(() => store.reviews.answer({ ...again, stageId: other })).toThrow(StoreError);
  expect(store.counts()["reviews"]).toBe(1);
});

test("the last row of a person tells a repeated request from a new one", () => {
  const { store, stage } = bench();
  expect(store.reviews.lastId(stage, "ann")).toBe(0);
  const { id } = say(store, stage, "ann", 0, "left");
  expect(store.reviews.lastId(stage, "ann")).toBe(id);
  store.reviews.undo(stage, "ann");
  expect(store.reviews.lastId(stage, "ann")).toBeGreaterThan(id);
});

test("what was said is there for the next process", () => {
  const { store, stage } = bench();
  say(store, stage, "ann", 0, "left");
  store.close();
  const reader = openStore(store.workspace, { readOnly: true });
  expect([...reader.reviews.reviewed(stage, 0)]).toHaveLength(1);
  expect([...reader.reviews.reviewed(stage, 1)]).toEqual([]);
  reader.close();
});
