import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startCommand } from "../scripts/trials/command.js";
import { forget, openCache, openSandbox } from "../scripts/trials/sandbox.js";

const cache = openCache();
const sandbox = openSandbox(cache);
afterAll(() => forget(cache));

const PIPELINE = {
  name: "tuned",
  sampler: { steps: 4 },
  round: {
    prompts: 8,
    candidates: { perPrompt: 5 },
    labels: { by: "judge" },
    mining: { policy: "best-versus-worst" },
    judge: {
      tune: {
        keepBetter: false,
        heldOut: { prompts: 6, perPrompt: 3 },
        training: { steps: 4, batch: 16, threads: 1, checkpointEvery: 1 },
      },
    },
    training: { steps: 1, batchPairs: 2, threads: 1, balance: "task" },
  },
  rounds: 1,
  gate: { rule: "always-promote" },
  evaluation: {
    images: { perTask: 1 },
    resamples: 100,
    rows: [{ verifier: { kind: "none" } }, { verifier: { kind: "orm", n: 2 }, checkpoints: "last" }],
  },
};

/** Optimizer steps that judges' trainings in the workspace have told of. */
function judgeSteps(): number {
  const folder = join(sandbox.workspace, "checkpoints");
  const works = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".work")) : [];
  const logs = works.map((name) => join(folder, name, "events.jsonl")).filter((log) => existsSync(log));
  return logs.flatMap((log) => readFileSync(log, "utf8").match(/"judge-step-end"/g) ?? []).length;
}

/** Starts the real command; `kill` says when it is killed. */
async function espalier(line: string, kill = () => false) {
  const running = startCommand(line.split(" "), { sandbox, terminal: false, limit: 300 });
  const look = setInterval(() => {
    if (kill()) running.stop("SIGKILL");
  }, 20);
  const { code, out, errors } = await running.ended;
  clearInterval(look);
  return { code, text: out + errors };
}

test("a run that tunes its judge goes on after a kill, and says what the judge is worth", async () => {
  const file = join(sandbox.workspace, "..", "tuned.mjs");
  writeFileSync(file, `export default ${JSON.stringify(PIPELINE)};\n`);
  await espalier(`run ${file}`, () => judgeSteps() > 0);
  const ended = await espalier(`run ${file}`);
  expect(ended.text).toMatch(/training goes on from step [1-4] of 4/);
  expect(ended.text).toMatch(
    /Round 1 tuned the judge scenes-judge-fine-tuned to tuned-judge-\w{6} on \d+ images labelled by the detector: AUC within \d held-out prompts [01]\.\d+ \(.*\) before, [01]\.\d+ .* after\. It judges from this round on\./,
  );
  expect(ended.code).toBe(0);
  const status = await espalier("status");
  expect(status.text).toMatch(
    /round 1, judge tuned to \w{12}: AUC within prompts [01]\.\d+, then [01]\.\d+\n/,
  );
}, 400_000);
