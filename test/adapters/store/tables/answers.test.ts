import { expect, test } from "vitest";
import { openStore } from "../../../../src/adapters/store/index.js";
import { temporaryWorkspace } from "../workspace.js";

const TOOK = { calls: 2, inputTokens: 100, outputTokens: 4, cost: 0.25 };

test("keeps what was answered, asks again for what failed, and adds up what all tries took", async () => {
  const workspace = temporaryWorkspace();
  const store = openStore(workspace);
  expect(store.answers.find("judge", "key")).toBeUndefined();
  await store.answers.keep({ judge: "judge", key: "key", reason: "HTTP 500", ...TOOK });
  expect(store.answers.find("judge", "key")).toBeUndefined();
  expect(store.answers.spent("judge")).toEqual({ answers: 0, failed: 1, ...TOOK });
  await store.answers.keep({ judge: "judge", key: "key", answer: [0.25, null], ...TOOK });
  store.close();
  const again = openStore(workspace, { readOnly: true });
  expect(again.answers.find("judge", "key")).toEqual([0.25, null]);
  expect(again.answers.find("other", "key")).toBeUndefined();
  const both = { calls: 4, inputTokens: 200, outputTokens: 8, cost: 0.5 };
  expect(again.answers.spent("judge")).toEqual({ answers: 1, failed: 0, ...both });
  expect(again.answers.spent("other")).toEqual({
    answers: 0,
    failed: 0,
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    cost: 0,
  });
  again.close();
});

test("answers of one turn are kept together, and what cannot be written is told to all who wait", async () => {
  const workspace = temporaryWorkspace();
  const store = openStore(workspace);
  const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
  await Promise.all(keys.map((key) => store.answers.keep({ judge: "judge", key, answer: key, ...TOOK })));
  expect(keys.map((key) => store.answers.find("judge", key))).toEqual(keys);
  store.close();
  const reader = openStore(workspace, { readOnly: true });
  const refused = keys.map((key) => reader.answers.keep({ judge: "judge", key, answer: 0, ...TOOK }));
  const ended = await Promise.allSettled(refused);
  expect(ended.map(({ status }) => status)).toEqual(keys.map(() => "rejected"));
  reader.close();
});
