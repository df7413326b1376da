import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { startCommand } from "../scripts/trials/command.js";
import { forget, openCache, openSandbox, type Sandbox } from "../scripts/trials/sandbox.js";

const cache = openCache();
let sandbox: Sandbox;
beforeEach(() => {
  sandbox = openSandbox(cache);
});
afterAll(() => forget(cache));

/** Seconds that no command here takes. */
const LIMIT = 300;

/** Starts the real command in a process of its own; `watch` may end it by a signal. */
async function espalier(
  line: string,
  { terminal = false, watch = () => undefined as NodeJS.Signals | undefined } = {},
) {
  const running = startCommand(line.split(" "), { sandbox, terminal, limit: LIMIT });
  const look = setInterval(() => {
    const signal = watch();
    if (signal === undefined) return;
    clearInterval(look);
    running.stop(signal);
  }, 50);
  const { code, signal, out, errors } = await running.ended;
  clearInterval(look);
  return { code, signal, text: out + errors };
}

/** Steps that trainings in the workspace have told of. */
function steps(): number {
  const checkpoints = join(sandbox.workspace, "checkpoints");
  const logs = existsSync(checkpoints) ? readdirSync(checkpoints).map((name) => join(checkpoints, name)) : [];
  const texts = logs.map((log) => join(log, "events.jsonl")).filter((log) => existsSync(log));
  return texts.flatMap((log) => readFileSync(log, "utf8").match(/"step-end"/g) ?? []).length;
}

test("a training that was stopped goes on by the same line, off a terminal and on it, to its end", async () => {
  const imported = await espalier(`import ${resolve("test/contract/exports/jsonl")}`);
  const pairs = /pairs (\w{16})/.exec(imported.text)?.[1];
  const line = `train ${pairs} --steps 12 --batch-pairs 1`;
  const after = (count: number, signal: NodeJS.Signals) => () => (steps() >= count ? signal : undefined);
  const stopped = await espalier(line, { watch: after(1, "SIGTERM") });
  expect(stopped.code).toBe(130);
  const killed = await espalier(line, { watch: after(steps() + 1, "SIGKILL") });
  expect(killed.text).toMatch(/training goes on from step \d+ of 12/);
  expect(killed.signal).toBe("SIGKILL");
  const ended = await espalier(line, { terminal: true });
  expect(ended.text).toMatch(/training goes on from step \d+ of 12/);
  expect(ended.text).not.toMatch(/\n\s+at /);
  expect(ended.code).toBe(0);

  const id = /checkpoint: (\w{64})/.exec(ended.text)?.[1] ?? "";
  const made = readdirSync(join(sandbox.workspace, "checkpoints")).find((name) => /-\w{6}$/.test(name)) ?? "";
  const weights = join(sandbox.workspace, "checkpoints", made, "generator.safetensors");
  writeFileSync(weights, readFileSync(weights).fill(1, 5000, 5001));
  const refused = await espalier(`generate data/prompts/held-out.jsonl --checkpoint ${id}`);
  expect(refused.code).toBe(2);
  expect(refused.text).toContain(`To train it again: espalier ${line}.`);
  const again = await espalier(line);
  expect(again.text).toContain(`checkpoints/${made} is damaged: it is made again`);
  expect(again.text).toContain(`checkpoint: ${id}`);
  expect(again.text).not.toContain("is not what it was");
}, 400_000);

/** Ids of the candidates that are kept of a shard which is not finished, and the files of candidates. */
function kept(): { readonly ids: readonly string[]; readonly files: readonly string[] } {
  const arrow = join(sandbox.workspace, "arrow");
  const names = existsSync(arrow) ? readdirSync(arrow, { recursive: true, encoding: "utf8" }) : [];
  const files = names.filter((name) => /^candidates-.*00000/.test(name)).map((name) => join(arrow, name));
  const texts = files
    .filter((file) => file.endsWith(".unfinished"))
    .map((file) => readFileSync(file, "utf8"));
  return { ids: texts.flatMap((text) => text.match(/(?<="id":")\w{24}/g) ?? []), files };
}

test("what is sampled of a shard is kept by Ctrl-C and by a kill, and no image is sampled twice", async () => {
  const line = "generate data/prompts/held-out.jsonl --limit 2 --count 14";
  const after = (count: number, signal: NodeJS.Signals) => () =>
    kept().ids.length >= count ? signal : undefined;
  const stopped = await espalier(line, { watch: after(1, "SIGINT") });
  expect(stopped.code).toBe(130);
  const { ids } = kept();
  expect(ids.length).toBeGreaterThanOrEqual(1);
  const killed = await espalier(line, { watch: after(ids.length + 1, "SIGKILL") });
  expect(killed.signal).toBe("SIGKILL");
  const more = kept().ids;
  expect(more.slice(0, ids.length)).toEqual(ids);
  expect(more.length).toBeGreaterThan(ids.length);
  expect(new Set(more).size).toBe(more.length);
  const ended = await espalier(line);
  expect(ended.text).toContain("candidates: 28");
  expect(kept().files).toEqual([expect.stringMatching(/00000\.arrow$/)]);
}, 240_000);
