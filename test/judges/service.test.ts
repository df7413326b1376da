import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { type CalledJudgeConfig, freezeJudge } from "../../src/config/schema/judges.js";
import { openCalledJudge } from "../../src/judges/open-judge.js";
import type { Reply } from "../fixtures/judges/judge-server.js";
import { item, memory, served } from "./judge-fixtures.js";

function serviceJudge(url: string, settings: object = {}) {
  const answers = memory();
  const config = freezeJudge(
    { kind: "service", url, pause: 0.001, attempts: 2, ...settings },
    "scores",
    "the test",
  );
  return { judge: openCalledJudge(config as CalledJudgeConfig, { answers, environment: {} }), answers };
}

test("pictures and prompts go in batches, and what was scored is not sent again", async () => {
  const server = await served(({ body }) => ({
    json: {
      scores: (body.items ?? []).map(({ prompt }) =>
        prompt === "bad" ? { error: "cannot see" } : prompt.length / 10,
      ),
      usage: { input_tokens: 5 },
    },
  }));
  const { judge, answers } = serviceJudge(server.url, { batch: 2, prices: { call: 0.5 } });
  const items = [item(1, "one"), item(2, "two2"), item(3, "bad"), item(1, "three")];
  const verdicts = await judge.ask("outcome", items);
  const scored = (score: number) => ({ kind: "scored", score });
  expect(verdicts).toEqual([scored(0.3), scored(0.4), { kind: "failed", reason: "cannot see" }, scored(0.5)]);
  expect(server.received.map(({ body }) => body.items?.length)).toEqual([2, 2]);
  expect(answers.spent("")).toMatchObject({ answers: 3, failed: 1, calls: 2, inputTokens: 10, cost: 1 });
  expect(await judge.ask("outcome", items)).toEqual(verdicts);
  expect(server.received.slice(2).map(({ body }) => body.items?.length)).toEqual([1]);
});

test("an answer of another shape fails for all that were sent, and none of it is a number", async () => {
  const odd: readonly (readonly [Reply, RegExp])[] = [
    [{ json: { scores: [0.5] } }, /expected 2 scores, got 1/],
    [{ json: { scores: [0.5, 7] } }, /expected { "scores"/],
    [{ json: { scores: [0.5, "0.5"] } }, /expected { "scores"/],
    [{ json: [0.5, 0.5] }, /expected { "scores"/],
    [{ json: {}, status: 500 }, /HTTP 500/],
  ];
  for (const [reply, reason] of odd) {
    const { judge } = serviceJudge((await served(() => reply)).url);
    const verdicts = await judge.ask("outcome", [item(1), item(2)]);
    expect(verdicts).toEqual(
      [1, 2].map(() => ({ kind: "failed", reason: expect.stringMatching(reason) as string })),
    );
  }
  const { judge } = serviceJudge((await served(() => ({ json: { scores: [0, null] } }))).url);
  expect((await judge.ask("outcome", [item(1), item(2)])).map(({ kind }) => kind)).toEqual([
    "scored",
    "failed",
  ]);
});

test("the reference server of the documentation is one", async () => {
  const python = pythonCommand();
  const server = spawn(python, [resolve("docs/score-service.py"), "0"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  });
  const [line] = (await once(server.stdout, "data")) as [Buffer];
  const { judge } = serviceJudge(line.toString().trim());
  const verdicts = await judge.ask("outcome", [item(0), item(255)]);
  expect(verdicts).toEqual([
    { kind: "scored", score: 0 },
    { kind: "scored", score: 1 },
  ]);
});
