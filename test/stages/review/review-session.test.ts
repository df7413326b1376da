import { describe, expect, test } from "vitest";
import { pairFiles } from "../../../src/adapters/arrow/index.js";
import { decodePng } from "../../../src/adapters/images/index.js";
import { pictureBytes } from "../../../src/pictures/picture-bytes.js";
import { sidesOf } from "../../../src/stages/review/blind-order.js";
import {
  openReviewSession,
  type ReviewView,
  type ShownPair,
} from "../../../src/stages/review/review-session.js";
import { type ReviewWorkspace, reviewWorkspace } from "./review-workspace.js";

async function openSession() {
  const workspace = await reviewWorkspace();
  const { store, pairs, root } = workspace;
  const session = openReviewSession({
    store,
    pairs,
    files: pairFiles(root, pictureBytes(store)),
    order: "least-sure",
  });
  return { ...workspace, session };
}

const pairOf = (view: ReviewView | undefined) => view?.pair as ShownPair;

describe("a review session", () => {
  test("asks first where the judge is least sure, and shows nothing that tells its choice", async () => {
    const { session, rows } = await openSession();
    const view = await session.view("ann");
    const leastSure = rows.reduce((least, row) => (row.margin < least.margin ? row : least));
    expect(view).toMatchObject({ reviewer: "ann", total: rows.length, answered: 0, last: 0 });
    expect(pairOf(view)).toMatchObject({ id: leastSure.id, prompt: leastSure.prompt });
    expect(Object.keys(pairOf(view))).toEqual(["id", "prompt", "left", "right"]);
    expect(pairOf(view).left).toEqual({ id: expect.any(String), steps: 8, zooms: false });
  });

  test("keeps each answer with the sides as they were shown, then shows the next pair", async () => {
    const { session, store, pairs, rows } = await openSession();
    let view = await session.view("ann");
    const seen: ShownPair[] = [];
    while (view.pair !== null) {
      seen.push(view.pair);
      const said = { reviewer: "ann", after: view.last, pair: view.pair.id, answer: "left" } as const;
      view = (await session.answer(said)) as ReviewView;
    }
    expect(view).toMatchObject({ answered: rows.length, pair: null, next: null });
    const kept = [...store.reviews.reviewed(pairs.id)].flatMap(({ reviews }) => reviews);
    const shown = seen.map(({ left, right }) => `${left.id} ${right.id}`);
    expect(kept.map(({ leftId, rightId }) => `${leftId} ${rightId}`).sort()).toEqual(shown.sort());
  });

  test("an undo shows the pair again that it was about", async () => {
    const { session } = await openSession();
    const first = await session.view("ann");
    const saidAfter = (view: ReviewView) => ({ reviewer: "ann", after: view.last });
    const second = (await session.answer({
      ...saidAfter(first),
      pair: pairOf(first).id,
      answer: "tie",
    })) as ReviewView;
    expect(second.pair?.id).not.toBe(first.pair?.id);
    const back = (await session.undo(saidAfter(second))) as ReviewView;
    expect(back.pair).toEqual(first.pair);
    expect(back).toMatchObject({ answered: 0, next: first.next });
    expect(back.last).toBeGreaterThan(second.last);
  });

  test("keeps nothing from a page that is not up to date: a key pressed twice says one thing", async () => {
    const { session, store } = await openSession();
    const view = await session.view("ann");
    const said = { reviewer: "ann", after: view.last, pair: pairOf(view).id, answer: "left" } as const;
    const answers = await Promise.all([
      session.answer(said),
      session.answer(said),
      session.undo({ reviewer: "ann", after: 0 }),
    ]);
    expect(answers.map((one) => one?.answered)).toEqual([1, undefined, undefined]);
    expect(await session.answer({ ...said, after: answers[0]?.last ?? 0, pair: "absent" })).toBeUndefined();
    expect(store.counts()["reviews"]).toBe(1);
  });

  test("several people work on one set, each with their own queue", async () => {
    const { session } = await openSession();
    const view = await session.view("ann");
    await session.answer({ reviewer: "ann", after: 0, pair: pairOf(view).id, answer: "both-bad" });
    expect((await session.view("ben")).pair?.id).toBe(view.pair?.id);
    expect((await session.view("ann")).pair?.id).toBe(view.next?.id);
  });

  test("gives images by pair and candidate, and what was known of them after each step", async () => {
    const { session, rows } = await openSession();
    const [{ id, chosen }] = rows as [ReviewWorkspace["rows"][number]];
    expect(await session.image(id, chosen.id)).toEqual({ bytes: chosen.png, format: "png" });
    expect(await session.whole(id, chosen.id)).toBeUndefined();
    const whole = await decodePng(chosen.png);
    const known = async (step: number) => {
      const shown = await session.image(id, chosen.id, step);
      return decodePng(shown?.bytes ?? new Uint8Array());
    };
    expect(await known(8)).toEqual(whole);
    expect((await known(4)).data).not.toEqual(whole.data);
    expect(await session.image(id, "absent")).toBeUndefined();
    expect(await session.image("absent", chosen.id)).toBeUndefined();
  });
});

describe("the blind order", () => {
  test("is the same for one person whichever image a set holds for the better one, and fair", () => {
    let turned = 0;
    for (let pair = 0; pair < 400; pair++) {
      const [chosenId, rejectedId] = [`a${pair}`, `b${pair}`];
      const sides = sidesOf("ann", { chosenId, rejectedId });
      expect(sidesOf("ann", { chosenId: rejectedId, rejectedId: chosenId })).toEqual(sides);
      if (sides.leftId === rejectedId) turned += 1;
    }
    // Four standard deviations of 400 coins are 40.
    expect(Math.abs(turned - 200)).toBeLessThan(40);
  });

  test("differs between people", () => {
    const pairs = Array.from({ length: 40 }, (_, index) => ({
      chosenId: `a${index}`,
      rejectedId: `b${index}`,
    }));
    const left = (name: string) => pairs.map((pair) => sidesOf(name, pair).leftId).join();
    expect(left("ann")).not.toBe(left("ben"));
  });
});
