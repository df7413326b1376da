import { describe, expect, test } from "vitest";
import { duration } from "../../src/commands/plain-output.js";
import { createProgress } from "../../src/commands/progress.js";

function recorded(isTTY: boolean) {
  let now = 0;
  let text = "";
  const stream = {
    isTTY,
    columns: 120,
    write: (more: string) => (text += more),
    on() {},
    removeListener() {},
  };
  const progress = createProgress(stream, () => now);
  return { progress, pass: (milliseconds: number) => (now += milliseconds), text: () => text };
}

describe("progress in plain lines", () => {
  test("says at most every five seconds how far it is, how fast and what is left", () => {
    const { progress, pass, text } = recorded(false);
    const task = progress.start("candidates", 100, "images");
    for (let image = 0; image < 20; image++) {
      pass(1000);
      task.advance(1);
    }
    expect(text().split("\n").slice(0, -1)).toEqual([
      "candidates: 5 of 100 images, 1.00 images/s, 1 min 35 s left",
      "candidates: 10 of 100 images, 1.00 images/s, 1 min 30 s left",
      "candidates: 15 of 100 images, 1.00 images/s, 1 min 25 s left",
      "candidates: 20 of 100 images, 1.00 images/s, 1 min 20 s left",
    ]);
  });

  test("does not count work done before into the rate", () => {
    const { progress, pass, text } = recorded(false);
    const task = progress.start("training", 100, "steps", 90);
    pass(5000);
    task.advance(5, "loss 0.61");
    expect(text()).toBe(
      "training: 90 of 100 steps were done before\ntraining: 95 of 100 steps, 1.00 steps/s, 5 s left, loss 0.61\n",
    );
  });

  test("ends once, with the time it took", () => {
    const { progress, pass, text } = recorded(false);
    const task = progress.start("pairs", 8, "pairs");
    pass(4000);
    task.advance(8);
    task.end();
    task.end();
    expect(text()).toBe("pairs: 8 of 8 pairs in 4 s, 2.00 pairs/s\n");
  });
});

describe("progress on a terminal", () => {
  test("draws a bar with rate and time left, and writes notes beside it", () => {
    const { progress, pass, text } = recorded(true);
    const task = progress.start("scores", 10, "images");
    pass(2000);
    task.advance(4);
    progress.note("round 2 of 2");
    task.end();
    progress.close();
    expect(text()).toContain("scores");
    expect(text()).toContain("4/10 images 2.00 images/s, took 2 s");
    expect(text()).toContain("round 2 of 2\n");
  });
});

test.each([
  [0.4, "0 s"],
  [59.6, "1 min 0 s"],
  [3599, "59 min 59 s"],
  [7380, "2 h 3 min"],
])("writes %d seconds as %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
