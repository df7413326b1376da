import { expect, test } from "vitest";
import { freezeJudge } from "../../src/config/schema/judges.js";
import { expectedCalls } from "../../src/judges/expected-calls.js";
import { yes } from "../fixtures/judges/judge-server.js";
import { httpJudge, item, memory, served } from "./judge-fixtures.js";

const ITEMS = Array.from({ length: 20 }, (_, shade) => item(shade));
// The test server tells of 1000 tokens read and 2 written: 0.001 a call.
const PRICES = { prices: { input: 1, output: 0 }, expected: { input: 1000, output: 0 } };

test("a budget stops before it is passed, counts what is under way, and what was answered before it is kept", async () => {
  for (const [budget, calls] of [
    [{ calls: 7 }, 7],
    [{ money: 0.0095 }, 9],
    [{ calls: 12, money: 0.004 }, 4],
    [{ calls: 0 }, 0],
  ] as const) {
    const server = await served(() => yes(0.5));
    const answers = memory();
    const judge = httpJudge(server.url, { ...PRICES, budget, concurrency: 6 }, { answers });
    const stopped = judge.ask("outcome", ITEMS);
    await expect(stopped).rejects.toThrow(/budget of judge "eyes" .*no room for another call/);
    await expect(stopped).rejects.toMatchObject({ exitCode: 2 });
    expect(server.received).toHaveLength(calls);
    expect(answers.spent("")).toMatchObject({ answers: calls, calls });
    const more = httpJudge(server.url, { ...PRICES, budget: { calls: 20 } }, { answers });
    expect((await more.ask("outcome", ITEMS)).every(({ kind }) => kind === "scored")).toBe(true);
    expect(server.received).toHaveLength(20);
  }
});

test("calls that are dearer than expected are kept back for once one was seen", async () => {
  const server = await served(() => yes(0.5));
  const answers = memory();
  const cheap = { ...PRICES, expected: { input: 100, output: 0 } };
  const judge = httpJudge(server.url, { ...cheap, budget: { money: 0.0055 }, concurrency: 1 }, { answers });
  await expect(judge.ask("outcome", ITEMS)).rejects.toThrow(/no room/);
  expect(server.received).toHaveLength(5);
  expect(answers.spent("").cost).toBeCloseTo(0.005, 9);
});

test("a call whose answer was lost counts as an expected one, a refused one as a call without cost", async () => {
  const answers = memory();
  const server = await served(({ index }) =>
    index === 0 ? "hang" : index === 1 ? { status: 500, json: {} } : yes(0.5),
  );
  await httpJudge(server.url, { ...PRICES, timeout: 0.1 }, { answers }).ask("outcome", [item(1)]);
  expect(answers.spent("")).toMatchObject({ calls: 3, answers: 1 });
  expect(answers.spent("").cost).toBeCloseTo(0.002, 9);
});

test("a plan says how many calls each kind of judge takes", () => {
  const base = { kind: "http", url: "http://localhost:1", model: "eyes", prices: { call: 2 } };
  const plan = (settings: object) => {
    const config = freezeJudge({ ...base, ...settings }, "eyes", "the test");
    return expectedCalls(config, { pictures: 40, prompts: 10 });
  };
  expect(plan({})).toEqual({ calls: 40, cost: 80 });
  expect(plan({ read: "samples", samples: 3 }).calls).toBe(120);
  const service = freezeJudge(
    { kind: "service", url: "http://localhost:1", batch: 16 },
    "scores",
    "the test",
  );
  expect(expectedCalls(service, { pictures: 40, prompts: 10 })).toEqual({ calls: 3, cost: 0 });
});
