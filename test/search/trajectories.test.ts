import { expect, test } from "vitest";
import { search } from "../../src/search/scheduling/scheduler.js";
import { attempts } from "../../src/search/strategy.js";
import { type Trajectory, trajectories } from "../../src/search/trajectories.js";
import { FakeSampler, fakePrompt } from "../../src/testing.js";

const options = { seed: 3, completions: 4, completedStates: 2 };

async function follow(slots: number): Promise<Trajectory[]> {
  const sampler = new FakeSampler({ steps: 6, slots });
  const strategy = trajectories(options);
  const tasks = attempts(["a star", "a ring"].map(fakePrompt), 3);
  const found: Trajectory[] = [];
  for await (const outcome of search(tasks, { sampler, strategy })) found.push(strategy.take(outcome));
  expect(sampler.openPaths.now).toBe(0);
  return found;
}

test("shows every step of a path, and other ends of some of them", async () => {
  const found = await follow(4);
  expect(found).toHaveLength(6);
  for (const { candidate, states } of found) {
    expect(states.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(states.at(-1)?.preview.tokens).toEqual(candidate.tokens);
    const completed = states.filter(({ completions }) => completions.length > 0);
    expect(completed).toHaveLength(2);
    for (const { step, preview, completions } of completed) {
      expect(step).toBeLessThan(6);
      expect(new Set(completions.map(({ id }) => id)).size).toBe(4);
      for (const { tokens, forks } of completions) {
        expect(forks?.map((fork) => fork.step)).toEqual([step]);
        // What was settled at the fork is so at every end.
        for (const [position, settled] of (preview.settled as Uint8Array).entries()) {
          if (settled) expect(tokens[position]).toBe(preview.tokens?.[position]);
        }
      }
    }
  }
  const steps = found.map(({ states }) =>
    states.filter((state) => state.completions.length > 0).map(({ step }) => step),
  );
  expect(new Set(steps.map(String)).size).toBeGreaterThan(1);
});

test("is the same whatever the number of slots", async () => {
  const known = (all: readonly Trajectory[]) =>
    all.map(({ candidate, states }) => ({
      candidate,
      states: states.map(({ preview: { tokens, settled }, completions }) => ({
        tokens,
        settled,
        completions,
      })),
    }));
  expect(known(await follow(1))).toEqual(known(await follow(16)));
});

test("is given once", async () => {
  const strategy = trajectories(options);
  const sampler = new FakeSampler();
  for await (const outcome of search(attempts([fakePrompt("a star")], 1), { sampler, strategy })) {
    strategy.take(outcome);
    expect(() => strategy.take(outcome)).toThrow("taken already");
  }
});
