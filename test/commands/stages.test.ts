import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../src/adapters/store/index.js";
import type { Workspace } from "../../src/paths.js";
import {
  candidate,
  openStage,
  PROMPTS,
  placeFile,
  storeCandidates,
  temporaryWorkspace,
} from "../adapters/store/workspace.js";
import { espalier } from "../espalier-command.js";
import { runLine } from "./surroundings.js";

const IDS = { candidates: "", other: "", scores: "", pairs: "", training: "" };

/** Candidates of two stages that share one, scored, mined and trained on. */
function madeWorkspace(): Workspace {
  const workspace = temporaryWorkspace();
  const store = openStore(workspace);
  store.runs.open({ id: "run", pipeline: "pipelines/test.ts", configHash: "c0", config: {} });
  store.rounds.open({ runId: "run", number: 0, manifest: {} });
  const candidates = openStage(store, "candidates", "one");
  storeCandidates(store, candidates, 0, [candidate(0), candidate(1), candidate(2)]);
  const other = openStage(store, "candidates", "two");
  storeCandidates(store, other, 0, [candidate(2), candidate(3)]);
  const scores = stage(store, "scores", { candidates: candidates.id, judge: "j", question: "outcome" });
  store.shards.commit(scores, 0, { rows: 3 }, (writer) =>
    writer.verdicts(
      [0, 1, 2].map((number) => ({
        ...{ candidateId: candidate(number).id, judge: "j", question: "outcome" as const, step: 12 },
        verdict: { kind: "scored" as const, score: 0.5 },
      })),
    ),
  );
  const pairs = stage(store, "pairs", { candidates: candidates.id, judge: "j" });
  const row = store.stages.find(pairs);
  if (row === undefined) throw new Error("No pairs stage.");
  store.shards.commit(pairs, 0, placeFile(store, row, 0, 1), (writer) =>
    writer.pairs([
      {
        ...{ promptId: PROMPTS[0]?.id as string, chosenId: candidate(0).id, rejectedId: candidate(2).id },
        ...{ chosenScore: 0.9, rejectedScore: 0.1, margin: 0.8, policy: "best-versus-worst" },
      },
    ]),
  );
  const training = stage(store, "training", { pairSets: [store.pairs.setHash(pairs)] });
  store.stages.end(pairs, "finished", { summary: { pairSet: store.pairs.setHash(pairs) } });
  trained(store, training);
  for (const id of [candidates.id, other.id, scores, training]) store.stages.end(id, "finished");
  store.runs.end("run", "finished");
  store.close();
  Object.assign(IDS, { candidates: candidates.id, other: other.id, scores, pairs, training });
  return workspace;
}

function stage(store: Store, name: string, inputs: Record<string, unknown>): string {
  return store.stages.open({ runId: "run", round: 0, name, inputsHash: JSON.stringify(inputs), inputs }).id;
}

function trained(store: Store, training: string): void {
  const location = `checkpoints/run-round-1-${training.slice(0, 6)}`;
  for (const end of ["", ".work"]) {
    mkdirSync(join(store.workspace.root, `${location}${end}`), { recursive: true });
    writeFileSync(join(store.workspace.root, `${location}${end}`, "weights"), "many bytes");
  }
  writeFileSync(join(store.workspace.root, `${location}.log`), "said");
  store.shards.commit(training, 0, { rows: 1 }, (writer) =>
    writer.checkpoint({
      ...{ id: "c".repeat(64), kind: "generator", family: "bundled", name: "trained", location },
      ...{ parents: [], pairSetHash: null, record: {} },
    }),
  );
}

test("rm says what goes with a stage, and takes rows and files away together only when all of it is named", async () => {
  const workspace = madeWorkspace();
  const at = `--workspace ${workspace.root}`;
  const said = await runLine(`rm ${IDS.candidates.slice(0, 8)} ${at}`);
  expect(said).toMatchObject({ code: 0, errors: "" });
  expect(said.out).toMatch(
    /candidates \w+ \(run\), 3 rows, 5 B\n.*what was made of them:\n.*scores .*\n.*pairs .*\n.*training /,
  );
  expect(said.out).toContain("Nothing was removed. To do it: espalier rm");

  const refused = await runLine(`rm ${IDS.candidates} --yes ${at}`);
  expect(refused.code).toBe(2);
  expect(refused.errors).toContain(`3 more were made:\n  scores ${IDS.scores} (run)`);
  expect(existsSync(join(workspace.root, `arrow/pairs-${IDS.pairs}`))).toBe(true);

  const done = await runLine(`rm ${IDS.candidates} --with-dependents --yes --json ${at}`);
  expect(JSON.parse(done.out)).toMatchObject({ removed: true, dependents: { length: 3 } });
  for (const name of ["candidates", "pairs"] as const)
    expect(existsSync(join(workspace.root, `arrow/${name}-${IDS[name]}`)), name).toBe(false);
  const trainedAt = join(workspace.root, `checkpoints/run-round-1-${IDS.training.slice(0, 6)}`);
  for (const end of ["", ".work", ".log"]) expect(existsSync(`${trainedAt}${end}`)).toBe(false);

  const store = openStore(workspace, { readOnly: true });
  onTestFinished(() => store.close());
  expect(store.stages.list("run").map(({ id }) => id)).toEqual([IDS.other]);
  // What another stage holds as well stays, and what was said of it by nobody's stage goes.
  expect([...store.candidates.iterate(IDS.other)].map(({ id }) => id)).toEqual([
    candidate(2).id,
    candidate(3).id,
  ]);
  expect(store.counts()).toMatchObject({ candidates: 2, verdicts: 0, pairs: 0, checkpoints: 0, shards: 1 });
  expect(store.runs.find("run")).toMatchObject({
    progress: "stopped",
    message: expect.stringContaining("removed: "),
  });
});

test("a stage is removed alone where nothing else was made of it, and a run without stages with it", async () => {
  const workspace = madeWorkspace();
  const at = `--workspace ${workspace.root}`;
  expect((await runLine(`rm ${IDS.training} --yes ${at}`)).code).toBe(0);
  expect((await runLine(`rm ${IDS.pairs} ${IDS.scores} ${IDS.candidates} --yes ${at}`)).code).toBe(0);
  expect((await runLine(`rm ${IDS.other} --yes ${at}`)).code).toBe(0);
  const { out } = await runLine(`status --json ${at}`);
  expect(JSON.parse(out)).toMatchObject({
    runs: [],
    counts: { prompts: 0, candidates: 0, runs: 0, rounds: 0 },
  });
});

test("rm is refused while another process writes, and what a killed one left is removed by the next", async () => {
  const workspace = madeWorkspace();
  const words = ["rm", IDS.training, "--yes", "--workspace", workspace.root];
  const writer = openStore(workspace);
  const refused = await espalier(words);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain("is being written by process");
  writer.close();

  // As a process leaves it that ends between its rows and its files.
  const folder = `arrow/pairs-${IDS.pairs}`;
  const sqlite = new SqliteDatabase(workspace.database);
  sqlite.prepare("INSERT INTO removals (place) VALUES (?)").run(folder);
  sqlite.close();
  openStore(workspace, { readOnly: true }).close();
  expect(existsSync(join(workspace.root, folder))).toBe(true);
  const done = await espalier(words);
  expect(done).toMatchObject({ status: 0, stderr: "" });
  expect(existsSync(join(workspace.root, folder))).toBe(false);
});

test("a stage is known by the name that people give it, which no other may have and no id can be", async () => {
  const workspace = madeWorkspace();
  const at = `--workspace ${workspace.root}`;
  const named = await runLine(`name ${IDS.pairs} first-try --note twice ${at}`);
  expect(named.out).toBe(`pairs ${IDS.pairs} is called first-try: twice\n`);
  for (const [line, complaint] of [
    [`name ${IDS.scores} first-try`, /called "first-try" already/],
    [`name ${IDS.scores} cafe`, /could be no id, got "cafe"/],
    [`name ${IDS.scores} Two`, /lower-case letters/],
    [`name ${IDS.scores}`, /Expected a name, --note or --clear/],
    ["name nothing here", /got "nothing", which no stage has/],
    ["rm nothing", /got "nothing", which no stage has/],
  ] as const) {
    const { code, errors } = await runLine(`${line} ${at}`);
    expect({ line, code }).toEqual({ line, code: 2 });
    expect(errors).toMatch(complaint);
  }
  expect((await runLine(`status ${at}`)).out).toMatch(/pairs first-try +\w{12} +finished.*\n.*\n +twice\n/);
  expect((await runLine(`rm first-try ${at}`)).out).toContain(`pairs ${IDS.pairs} "first-try" (run)`);
  expect((await runLine(`name first-try --clear ${at}`)).out).toBe(`pairs ${IDS.pairs} has no name\n`);
});
