import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type PairFileRow, readPairs } from "../../../src/adapters/arrow/index.js";
import type { ReviewedPair, StageRow, Store } from "../../../src/adapters/store/index.js";
import { SILENT } from "../../../src/records/progress.js";
import type { ReviewAnswer } from "../../../src/records/review.js";
import { decidePairs } from "../../../src/stages/review/decide-pairs.js";
import { decisionOn } from "../../../src/stages/review/decisions.js";
import { type ReviewWorkspace, reviewWorkspace } from "./review-workspace.js";

/** Answers of as many people on a pair whose chosen image was always shown left. */
function reviewed(...answers: readonly ReviewAnswer[]): ReviewedPair {
  const pair = { chosenId: "b", rejectedId: "a" } as ReviewedPair["pair"];
  const shown = { leftId: "b", rightId: "a" };
  return { pair, reviews: answers.map((answer, index) => ({ reviewer: `p${index}`, ...shown, answer })) };
}

describe("people's answers", () => {
  test.each<[string, readonly ReviewAnswer[], number]>([
    ["accepted", ["left"], 1],
    ["swapped", ["right"], 1],
    ["dropped", ["tie"], 1],
    ["dropped", ["both-bad", "both-bad", "left"], 1],
    ["dropped", ["left", "right"], 1],
    ["accepted", ["left", "left", "right"], 1],
    ["swapped", ["right", "skip", "right", "tie"], 1],
    ["undecided", ["skip"], 1],
    ["undecided", ["left"], 2],
    ["accepted", ["left", "left"], 2],
  ])("are %s when they say %j and %i must", (decision, answers, least) => {
    expect(decisionOn(reviewed(...answers), least)).toBe(decision);
  });
});

/** Pair 0 accepted, 1 overruled, 2 a tie; nobody looked at the others. */
async function answered() {
  const workspace = await reviewWorkspace();
  for (const [index, answer] of (["left", "right", "tie"] as const).entries()) {
    say(workspace, index, answer);
  }
  return workspace;
}

function say({ store, pairs, rows }: ReviewWorkspace, index: number, answer: ReviewAnswer, reviewer = "ann") {
  const { chosen, rejected } = rows[index] as PairFileRow;
  store.reviews.answer({ stageId: pairs.id, reviewer, leftId: chosen.id, rightId: rejected.id, answer });
}

function decide({ store, pairs }: ReviewWorkspace, undecided: "keep" | "drop" = "keep"): Promise<StageRow> {
  const place = { store, runId: "test", round: 1, progress: SILENT };
  return decidePairs(place, { pairs, undecided, least: 1 });
}

async function rowsOf(store: Store, stage: StageRow): Promise<PairFileRow[]> {
  const found: PairFileRow[] = [];
  for (const { file } of store.shards.list(stage.id)) {
    if (file === null) continue;
    for await (const row of readPairs(join(store.workspace.root, file))) found.push(row);
  }
  return found;
}

describe("a decided pair set", () => {
  test("keeps what was accepted, turns round what was overruled, and leaves ties out", async () => {
    const workspace = await answered();
    const { store, rows } = workspace;
    const stage = await decide(workspace);
    expect(stage.summary).toMatchObject({ pairs: 6, accepted: 1, swapped: 1, dropped: 1, undecided: 4 });
    const [first, second, ...others] = await rowsOf(store, stage);
    const [accepted, overruled, , ...untouched] = rows;
    expect(first).toEqual(accepted);
    expect(second).toMatchObject({ chosen: overruled?.rejected, rejected: overruled?.chosen });
    expect(second?.margin).toBe(-(overruled?.margin ?? 0));
    expect(others).toEqual(untouched);
    const ledger = [...store.pairs.iterate(stage.id)];
    expect(ledger.map(({ id }) => id)).toEqual([first, second, ...others].map((row) => row?.id));
    expect(ledger.map(({ review }) => review)).toEqual([
      "accepted",
      "swapped",
      ...Array(4).fill("unreviewed"),
    ]);
    expect(ledger[1]).toMatchObject({
      chosenId: overruled?.rejected.id,
      chosenScore: overruled?.rejected.score,
    });
  });

  test("leaves out what nobody decided when asked to", async () => {
    const workspace = await answered();
    const stage = await decide(workspace, "drop");
    expect(stage.summary).toMatchObject({ pairs: 2, undecided: 4 });
    expect(await rowsOf(workspace.store, stage)).toHaveLength(2);
  });

  test("leaves the set it came from as it was", async () => {
    const workspace = await answered();
    const { store, pairs, rows } = workspace;
    await decide(workspace);
    expect(await rowsOf(store, pairs)).toEqual(rows);
    expect([...store.pairs.iterate(pairs.id)].map(({ review }) => review)).toEqual(
      Array(7).fill("unreviewed"),
    );
  });

  test("is made once for the same decisions, and anew when one changes", async () => {
    const workspace = await answered();
    const first = await decide(workspace);
    say(workspace, 0, "left", "ben");
    expect((await decide(workspace)).id).toBe(first.id);
    say(workspace, 3, "right");
    expect((await decide(workspace)).id).not.toBe(first.id);
  });

  test("may be empty", async () => {
    const workspace = await reviewWorkspace();
    const stage = await decide(workspace, "drop");
    expect(stage.summary).toMatchObject({ pairs: 0, undecided: 7 });
    expect(await rowsOf(workspace.store, stage)).toEqual([]);
  });
});
