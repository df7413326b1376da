import { describe, expect, test } from "vitest";
import { search } from "../../src/search/scheduling/scheduler.js";
import { attempts, type SearchOutcome, type Strategy } from "../../src/search/strategy.js";
import { FakeJudge, FakeSampler, fakePrompt, scoreByHash, withFaults } from "../../src/testing.js";
import { strategiesUnder } from "./every-strategy.js";

const tasks = [...attempts(["a", "b", "c", "d", "e"].map(fakePrompt), 2)];
const strategies = Object.entries({
  ...strategiesUnder({}),
  ...Object.fromEntries(
    Object.entries(strategiesUnder({ nfe: 70, confidence: 0.9 })).map(([name, one]) => [
      `${name} on a budget`,
      one,
    ]),
  ),
});
/** Some verdicts fail: whatever batch they were asked in. */
const flaky = withFaults(scoreByHash, ({ image }) => (image.tokens?.[2] as number) % 16 === 0);

interface Setting {
  readonly slots: number;
  readonly batch: number;
  readonly maximumInFlight?: number;
  /** Forward passes after which the process is killed; then it begins again behind the outcomes it has. */
  readonly killedAfter?: number;
}

async function run(strategy: Strategy, { slots, batch, maximumInFlight, killedAfter }: Setting) {
  const outcomes: SearchOutcome[] = [];
  let passes = 0;
  const beforeStep = () => {
    passes += 1;
    if (passes === killedAfter) throw new Error("killed");
  };
  const take = async () => {
    const sampler = new FakeSampler({ steps: 8, slots, beforeStep });
    const judge = new FakeJudge(flaky, batch);
    const more = maximumInFlight === undefined ? {} : { maximumInFlight };
    const left = tasks.slice(outcomes.length);
    for await (const outcome of search(left, { sampler, judge, strategy, ...more })) outcomes.push(outcome);
  };
  if (killedAfter !== undefined) {
    await expect(take()).rejects.toThrow("killed");
    expect(outcomes.length).toBeLessThan(tasks.length);
  }
  await take();
  return outcomes;
}

describe.each(strategies)("the outcomes of %s", (_, strategy) => {
  test("are the same under three slot counts, and when it is killed in the middle", async () => {
    const reference = await run(strategy, { slots: 1, batch: 1, maximumInFlight: 1 });
    expect(reference).toHaveLength(tasks.length);
    expect(
      reference.some(({ judgements }) => judgements.some(({ verdict }) => verdict.kind === "failed")),
    ).toBe(true);
    const settings: Setting[] = [
      { slots: 3, batch: 2 },
      { slots: 64, batch: 50 },
      { slots: 4, batch: 7, killedAfter: 20 },
      { slots: 4, batch: 7, killedAfter: 50 },
    ];
    for (const setting of settings) expect(await run(strategy, setting)).toEqual(reference);
  });
});
