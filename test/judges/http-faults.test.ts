import { expect, test } from "vitest";
import type { Verdict } from "../../src/records/verdict.js";
import { completion, type Received, type Reply, refusal, yes } from "../fixtures/judges/judge-server.js";
import { httpJudge, item, memory, served } from "./judge-fixtures.js";

/** What is answered to one question, call after call; the last reply goes on. */
async function asked(replies: readonly Reply[], settings: object = {}) {
  const server = await served(({ index }) => replies[Math.min(index, replies.length - 1)] as Reply);
  const answers = memory();
  const judge = httpJudge(server.url, { concurrency: 1, ...settings }, { answers });
  const [verdict] = await judge.ask("outcome", [item(1)]);
  return { verdict: verdict as Verdict, calls: server.received.length, answers };
}

const reasonOf = (verdict: Verdict) => (verdict.kind === "failed" ? verdict.reason : verdict.kind);
const scored = (score: number) => ({ kind: "scored", score: expect.closeTo(score, 9) as number });

test("P(yes) is summed over spellings and normalised over both words", async () => {
  const { verdict, calls } = await asked([yes(0.7)]);
  expect(verdict).toEqual(scored(0.7));
  expect(calls).toBe(1);
  const others = await asked([
    completion("Yes", { " Yes": 0.3, The: 0.4, no: 0.1, "NO.": 0.025, Ġno: 0.025, A: 0.1 }),
  ]);
  expect(others.verdict).toEqual(scored(0.3 / 0.45));
});

test("a blank before the answer is no answer", async () => {
  const body = (yes(0.2) as { json: { choices: { logprobs: { content: object[] } }[] } }).json;
  body.choices[0]?.logprobs.content.unshift({
    token: "\n",
    logprob: 0,
    top_logprobs: [{ token: "\n", logprob: 0 }],
  });
  expect((await asked([{ json: body }])).verdict).toEqual(scored(0.2));
});

test("a fault that passes costs a call more, and the verdict is scored", async () => {
  const passing: Reply[] = [
    refusal(500, "a moment"),
    refusal(502, "gateway"),
    refusal(429, "slower"),
    { half: { choices: [] } },
  ];
  for (const reply of passing) {
    const { verdict, calls } = await asked([reply, yes(0.9)]);
    expect(verdict).toEqual(scored(0.9));
    expect(calls).toBe(2);
  }
  const hung = await asked(["hang", yes(0.9)], { timeout: 0.1 });
  expect([hung.verdict, hung.calls]).toEqual([scored(0.9), 2]);
});

test("a fault that stays is a failed verdict after so many tries, never a number", async () => {
  const always: readonly [Reply, RegExp, object?][] = [
    [refusal(500, "broken inside"), /^HTTP 500: broken inside \(3 tries\)$/],
    [refusal(429, "too many"), /^HTTP 429: too many \(3 tries\)$/],
    [{ half: { choices: [{ text: "cut" }] } }, /^no whole answer: .+ \(3 tries\)$/],
    ["hang", /^no whole answer: no answer within 0\.05 s \(3 tries\)$/, { timeout: 0.05 }],
  ];
  for (const [reply, reason, settings] of always) {
    const { verdict, calls, answers } = await asked([reply], settings);
    expect(reasonOf(verdict)).toMatch(reason);
    expect(calls).toBe(3);
    expect(answers.spent("")).toMatchObject({ answers: 0, failed: 1, calls: 3 });
  }
});

test("what the model said and cannot be read fails at once, and says what it was", async () => {
  const said: readonly [Reply, RegExp][] = [
    [completion("Maybe", { Maybe: 0.9, Perhaps: 0.1 }), /expected yes or no first.*0\.000.*"Maybe" 0\.900/],
    [completion("The", { The: 0.97, yes: 0.02, no: 0.01 }), /expected yes or no first.*0\.030/],
    [completion("", undefined, { refusal: "I cannot look at that." }), /refused: I cannot look/],
    [completion("", undefined, { end: "content_filter" }), /content filter/],
    [completion("Yes"), /gives no logprobs: set "fallback"/],
    [refusal(400, "picture too large"), /^HTTP 400: picture too large$/],
    [{ json: { object: "nothing" } }, /expected a chat completion with choices/],
  ];
  for (const [reply, reason] of said) {
    const { verdict, calls } = await asked([reply]);
    expect(reasonOf(verdict)).toMatch(reason);
    expect(calls).toBe(1);
  }
});

test("Retry-After is obeyed, also beyond the tries, and only as long as patience lasts", async () => {
  const begun = Date.now();
  const wait = refusal(429, "later", { "retry-after": "0.05" });
  const patient = await asked([wait, wait, wait, wait, yes(0.4)], { patience: 10 });
  expect([patient.verdict, patient.calls]).toEqual([scored(0.4), 5]);
  expect(Date.now() - begun).toBeGreaterThanOrEqual(195);
  const hasty = await asked([refusal(429, "much later", { "retry-after": "3600" })], { patience: 10 });
  expect([reasonOf(hasty.verdict), hasty.calls]).toEqual(["HTTP 429: much later", 1]);
});

test("a key that is not taken, or nothing that answers, stops the run and names the cure", async () => {
  const server = await served(() => refusal(401, "Incorrect API key"));
  const environment = { EYES_KEY: "sk-0123456789abcdefghij" };
  const judge = httpJudge(server.url, { key: "EYES_KEY", concurrency: 1 }, { environment });
  const refused = await judge.ask("outcome", [item(1), item(2), item(3)]).catch((error: Error) => error);
  expect(refused).toMatchObject({ name: "ConfigError", exitCode: 2 });
  expect((refused as Error).message).toMatch(/HTTP 401: Incorrect API key.*environment variable EYES_KEY/);
  expect((refused as Error).message).not.toContain(environment.EYES_KEY);
  expect(server.received).toHaveLength(1);
  expect((server.received[0] as Received).authorization).toBe(`Bearer ${environment.EYES_KEY}`);
  const keyless = httpJudge(server.url, { key: "EYES_KEY" });
  await expect(keyless.ask("outcome", [item(1)])).rejects.toThrow(/EYES_KEY, which is not set/);
  await server.close();
  const nowhere = httpJudge(server.url);
  await expect(nowhere.ask("outcome", [item(1)])).rejects.toThrow(
    /Nothing answers at http:\/\/127\.0\.0\.1:\d+\/v1/,
  );
});

test("without logprobs a declared fallback answers: sampled answers, or a number read strictly", async () => {
  const words = ["Yes", "yes, it does", "No.", "YES", "Hm"];
  const server = await served(({ body }) =>
    completion(body.logprobs ? "Yes" : (words[(body as { seed?: number }).seed ?? 0] as string)),
  );
  const sampling = httpJudge(server.url, { fallback: "samples", samples: 5, concurrency: 1 });
  expect(await sampling.ask("outcome", [item(1), item(2)])).toEqual([scored(0.75), scored(0.75)]);
  // One call found that there are no logprobs.
  expect(server.received).toHaveLength(11);
  const written = (text: string) => asked([completion(text)], { read: "number" });
  expect((await written(" 85% ")).verdict).toEqual(scored(0.85));
  for (const text of ["about 85", "101", "-1", "85 because it is red", ""]) {
    expect(reasonOf((await written(text)).verdict)).toMatch(/expected a number from 0 to 100 alone/);
  }
});

test("is asked with as many calls together as it bears: half after each 429, one more when all is well", async () => {
  let [now, most] = [0, 0];
  const notes: string[] = [];
  const server = await served(async () => {
    now += 1;
    if (now > 4) {
      now -= 1;
      return refusal(429, "slower", { "retry-after": "0.01" });
    }
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now -= 1;
    return yes(0.5);
  });
  const judge = httpJudge(server.url, { concurrency: 16 }, { onNote: (text) => notes.push(text) });
  const items = Array.from({ length: 60 }, (_, shade) => item(shade));
  const verdicts = await judge.ask("outcome", items);
  expect(verdicts.every(({ kind }) => kind === "scored")).toBe(true);
  expect(most).toBe(4);
  expect(notes[0]).toMatch(/has too many calls: at most 8 together/);
});
