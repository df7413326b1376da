import { expect, it } from "vitest";
import { advanceOf } from "../../../src/runner/inspection/status.js";
import { keptProgress } from "../../../src/stages/running/kept-progress.js";
import { openStage, temporaryStore } from "../../adapters/store/workspace.js";

const SHOWN = { advance: () => undefined, end: () => undefined };

it("keeps how far a stage is when it begins, every two seconds and at its end", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  let now = 1000;
  const kept = () => advanceOf(store.stages.find(stage.id)?.pace ?? null);
  const task = keptProgress(store, stage, SHOWN, { unit: "images", total: 10, before: 4, now: () => now });
  const fixed = { unit: "images", total: 10, detail: "" };
  expect(kept()).toEqual({ ...fixed, done: 4, perSecond: null, secondsLeft: null });
  now = 2000;
  task.advance(1);
  expect(kept()?.done).toBe(4);
  now = 3000;
  task.advance(1, "loss 0.61");
  // What was there before does not count into the rate.
  expect(kept()).toEqual({ ...fixed, done: 6, perSecond: 1, secondsLeft: 4, detail: "loss 0.61" });
  now = 3500;
  task.advance(4);
  task.end();
  expect(kept()).toMatchObject({ done: 10, secondsLeft: 0 });
});

it("does its work where the ledger cannot be told", () => {
  const store = temporaryStore();
  const stage = openStage(store, "candidates");
  let shown = 0;
  const task = keptProgress(
    store,
    { ...stage, id: "gone" },
    { ...SHOWN, advance: () => shown++ },
    {
      ...{ unit: "images", total: 2, before: 0 },
    },
  );
  task.advance(1);
  task.end();
  expect(shown).toBe(1);
});
