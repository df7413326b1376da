import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { startCommand } from "../scripts/trials/command.js";
import { forget, openCache, openSandbox, type Sandbox } from "../scripts/trials/sandbox.js";
import { openStore } from "../src/adapters/store/index.js";
import { workspacePaths } from "../src/paths.js";
import {
  type JudgeServer,
  judgeServer,
  type Received,
  type Reply,
  refusal,
  yes,
} from "./fixtures/judges/judge-server.js";

const cache = openCache();
let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox(cache);
});
afterAll(() => forget(cache));

const IMAGES = 24;

/** The real command in a process of its own. */
async function espalier(line: string, { until }: { until?: () => boolean } = {}) {
  const running = startCommand(line.split(" "), { sandbox, terminal: false, limit: 300 });
  const look = setInterval(() => {
    if (until?.()) running.stop("SIGKILL");
  }, 20);
  const { code, out, errors } = await running.ended;
  clearInterval(look);
  return { code, text: out + errors };
}

async function served(answer: (call: Received) => Reply): Promise<JudgeServer> {
  const server = await judgeServer(answer);
  onTestFinished(() => server.close());
  return server;
}

function judgeFile(settings: object): string {
  const file = join(sandbox.workspace, "..", "eyes.json");
  writeFileSync(file, JSON.stringify({ kind: "http", model: "eyes", pause: 0.001, ...settings }));
  return file;
}

/** Calls that were answered and kept. */
function kept(): number {
  const store = openStore(workspacePaths(sandbox.workspace), { readOnly: true });
  try {
    return store.counts()["judge_answers"] ?? 0;
  } finally {
    store.close();
  }
}

const times = (server: JudgeServer) => {
  const counts = new Map<string, number>();
  for (const { text, images } of server.received) {
    const key = `${text} ${images.join()}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values()];
};

test("PARM's thresholds are found for a judge behind an address, and its searches take them", async () => {
  const prompts = join(sandbox.workspace, "..", "prompts.txt");
  writeFileSync(prompts, "a star\na ring\na heart\na cross\n");
  const server = await served(({ index }) => yes(((index * 37) % 100) / 100));
  const judge = judgeFile({ url: server.url });
  const found = await espalier(
    `judge thresholds ${judge} --held-out ${prompts} --images 1 --n 2 --by judge --seed 1`,
  );
  expect(found.code).toBe(0);
  const stage = /kept in stage (\w{16}): the best of \d+ tried on 1 images of 2 paths/.exec(found.text)?.[1];
  expect(stage).toBeDefined();
  const searched = await espalier(`generate ${prompts} --limit 1 --verifier parm --n 2 --judge ${judge}`);
  expect(searched.text).toContain(`thresholds of stage ${stage}, found for this judge`);
  expect(searched.code).toBe(0);
}, 200_000);

test("a judge behind an address labels, is killed, goes on without asking twice, stops at its budget and at a bad key", async () => {
  const prompts = join(sandbox.workspace, "..", "prompts.txt");
  writeFileSync(prompts, "a red star\na ring\n");
  const generated = await espalier(`generate ${prompts} --count ${IMAGES / 2}`);
  const candidates = /candidates (\w{16})/.exec(generated.text)?.[1];
  expect(candidates).toBeDefined();

  const locked = await served(() => refusal(401, "Incorrect API key"));
  const refused = await espalier(`score ${candidates} --judge ${judgeFile({ url: locked.url })}`);
  expect(refused.code).toBe(2);
  expect(refused.text).toMatch(/refuses every call \(HTTP 401: Incorrect API key\)/);

  const planned = await espalier(
    `score ${candidates} --plan --judge ${judgeFile({ url: locked.url, prices: { call: 0.5 } })}`,
  );
  expect(planned.text).toContain(
    "Judge eyes: 24 of at most 24 calls are left to make, about 12.00 of money. Nothing was asked.",
  );
  expect(locked.received).toHaveLength(1);

  // The first ten are answered, and the others hang until the process is killed.
  let isSlow = true;
  const server = await served(({ index }) => (isSlow && index >= 10 ? "hang" : yes(index % 2 ? 0.9 : 0.2)));
  const settings = { url: server.url, concurrency: 4, prices: { input: 1, output: 10 } };
  const line = `score ${candidates} --judge ${judgeFile(settings)}`;
  await espalier(line, { until: () => server.received.length >= 14 && kept() === 10 });
  const before = server.received.length;
  expect(before).toBe(14);
  isSlow = false;
  judgeFile({ ...settings, budget: { calls: 18 } });
  const stopped = await espalier(line);
  expect(stopped.code).toBe(2);
  expect(stopped.text).toMatch(
    /The budget of judge "eyes" \(18 calls\) has no room for another call: 18 calls were made/,
  );
  expect(server.received).toHaveLength(before + 8);
  judgeFile({ ...settings, budget: { money: 1 } });
  const ended = await espalier(line);
  expect(ended.text).toMatch(new RegExp(`scored: ${IMAGES}\\n  failed: 0`));
  expect(ended.text).toMatch(/spent: calls 24, inputTokens 24000, outputTokens 48, cost 0\.024/);
  expect(ended.code).toBe(0);
  // Only what was under way when the process was killed was asked for again.
  expect(times(server).sort()).toEqual([...Array.from({ length: IMAGES - 4 }, () => 1), 2, 2, 2, 2]);
  const paired = await espalier(`pair ${candidates} --judge ${judgeFile(settings)}`);
  expect(paired.text).toMatch(/pairs [0-9a-f]{16}: 2 pairs of/);
}, 200_000);
