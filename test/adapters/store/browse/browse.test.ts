import { expect, test } from "vitest";
import { type Cursor, openStore, type Store } from "../../../../src/adapters/store/index.js";
import { candidate, openStage, placeFile, storeCandidates, temporaryStore } from "../workspace.js";

const JUDGE = { judge: "judge", question: "outcome" } as const;
const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Ten candidates in two stages; the judge gives each number a tenth, twice where it is even: the later one counts. */
function looked(): { store: Store; first: string; second: string } {
  const store = temporaryStore();
  const [first, second] = [openStage(store, "candidates"), openStage(store, "candidates", "more")];
  const grid = Uint16Array.of(1, 2);
  const rows = NUMBERS.map((number) => ({ ...candidate(number), ...(number < 2 ? { tokens: grid } : {}) }));
  storeCandidates(store, first, 0, rows.slice(0, 6));
  storeCandidates(store, second, 0, rows.slice(6));
  const scores = openStage(store, "scores");
  const said = (number: number, step: number, score: number) => ({
    ...{ candidateId: candidate(number).id, ...JUDGE, step },
    verdict: { kind: "scored" as const, score },
  });
  store.shards.commit(scores.id, 0, { rows: 10 }, (writer) =>
    writer.verdicts([
      ...NUMBERS.map((number) => said(number, 12, number / 10)),
      ...NUMBERS.filter((number) => number % 2 === 0).map((number) => said(number, 3, 1)),
    ]),
  );
  return { store, first: first.id, second: second.id };
}

/** Numbers of all candidates, read two at a time. */
function walked(store: Store, filter: object, order: "stored" | "newest" | "lowest" | "highest"): number[] {
  const found: number[] = [];
  let after: Cursor | undefined;
  do {
    const part = store.browse.candidates.list({ score: JUDGE, ...filter }, { order, limit: 2, after });
    expect(part.rows.length).toBeLessThanOrEqual(2);
    found.push(...part.rows.map(({ seed }) => seed as number));
    after = part.next ?? undefined;
  } while (after !== undefined);
  return found;
}

test("candidates are read part by part in every order, each once", () => {
  const { store } = looked();
  expect(walked(store, {}, "stored")).toEqual(NUMBERS);
  expect(walked(store, {}, "newest")).toEqual(NUMBERS.toReversed());
  expect(walked(store, {}, "lowest")).toEqual(NUMBERS);
  expect(walked(store, {}, "highest")).toEqual(NUMBERS.toReversed());
});

test.each([
  ["a stage", ({ second }: ReturnType<typeof looked>) => ({ stage: second }), [6, 7, 8, 9]],
  ["words of the prompt", () => ({ text: "RED" }), [0, 2, 4, 6, 8]],
  ["words that are signs of a pattern", () => ({ text: "%" }), []],
  ["a task", () => ({ task: "counting" }), [1, 3, 5, 7, 9]],
  ["no task", () => ({ task: "" }), [0, 2, 4, 6, 8]],
  ["a range of scores", () => ({ least: 0.3, most: 0.5 }), [3, 4, 5]],
  ["images that are there twice", () => ({ repeated: true }), [0, 1]],
  ["a status", () => ({ status: "dropped" as const }), []],
  [
    "several at once",
    ({ first }: ReturnType<typeof looked>) => ({ stage: first, least: 0.2, task: "" }),
    [2, 4],
  ],
])("candidates are filtered by %s, and counted", (_, filterOf, expected) => {
  const world = looked();
  const filter = filterOf(world);
  for (const order of ["stored", "lowest"] as const)
    expect(walked(world.store, filter, order)).toEqual(expected);
  expect(world.store.browse.candidates.count({ score: JUDGE, ...filter })).toBe(expected.length);
});

test("the last mark of a person stands, and what nobody says any more is gone", () => {
  const { store } = looked();
  const subject = candidate(3).id;
  const say = (person: string, decision: "keep" | "drop" | null, flagged = false, note = "") =>
    store.marks.say({ person, kind: "candidate", subject, decision, flagged, note });
  say("ann", "keep");
  say("ann", "drop", true, "two stars <b>overlap</b>");
  expect(walked(store, { mark: "drop" }, "stored")).toEqual([3]);
  expect(walked(store, { mark: "noted" }, "lowest")).toEqual([3]);
  expect(walked(store, { mark: "keep" }, "stored")).toEqual([]);
  say("ben", null, true);
  expect(store.marks.of(subject).map(({ person, decision, note }) => [person, decision, note])).toEqual([
    ["ben", null, ""],
    ["ann", "drop", "two stars <b>overlap</b>"],
  ]);
  say("ben", null);
  expect(store.marks.of(subject)).toHaveLength(1);
  expect(walked(store, { mark: "unmarked" }, "stored")).toHaveLength(10);
});

test("pairs are read by margin part by part, and a candidate names its pairs", () => {
  const { store } = looked();
  const stage = openStage(store, "pairs");
  const pair = (chosen: number, rejected: number) => ({
    promptId: candidate(chosen).promptId,
    chosenId: candidate(chosen).id,
    rejectedId: candidate(rejected).id,
    chosenScore: chosen / 10,
    rejectedScore: rejected / 10,
    margin: (chosen - rejected) / 10,
    policy: "best",
  });
  store.shards.commit(stage.id, 0, placeFile(store, stage, 0, 3), (writer) =>
    writer.pairs([pair(8, 2), pair(9, 1), pair(4, 2)]),
  );
  const list = (after?: Cursor) => store.browse.pairs.list({}, { order: "smallest", limit: 2, after });
  const first = list();
  const second = list(first.next ?? undefined);
  expect([...first.rows, ...second.rows].map(({ margin }) => margin)).toEqual([0.2, 0.6, 0.8]);
  expect(second.next).toBeNull();
  expect(store.browse.pairs.count({ least: 0.5, task: "" })).toBe(1);
  expect(store.browse.pairs.withCandidate(candidate(2).id)).toHaveLength(2);
});

test("a reader learns of what another connection wrote, and facets follow", () => {
  const { store } = looked();
  const reader = openStore(store.workspace, { readOnly: true });
  try {
    const [version, facets] = [reader.browse.version(), reader.browse.facets()];
    expect(facets.scores).toEqual([{ ...JUDGE, verdicts: 15 }]);
    expect(reader.browse.version()).toBe(version);
    expect(reader.browse.facets()).toBe(facets);
    storeCandidates(store, openStage(store, "candidates", "others"), 0, [candidate(10)]);
    expect(reader.browse.version()).not.toBe(version);
    expect(reader.browse.facets().sources).toEqual([{ id: "base", candidates: 11 }]);
  } finally {
    reader.close();
  }
});
