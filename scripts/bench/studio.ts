/**
 * The studio over 100,000 candidates and 50,000 pairs: server time until the grid of a page that was just opened can be painted, the
 * slowest of several changes of its filters and order, and the memory of the server after all of them, at a tenth of
 * the size and at all of it, each in a process of its own. Rows are made up; no image is decoded. The last line is one JSON object.
 *
 *   npm run bench:studio -- [--rows 100000] [--small 10000]
 */
import "../explain-faults.js";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openStore, type StageRow, type Store } from "../../src/adapters/store/index.js";
import { shardFile, workspacePaths } from "../../src/paths.js";
import { serveStudio } from "../../src/studio/serve-studio.js";
import { buildStudio } from "../build/studio.js";
import { candidateOf, JUDGE, PER_PROMPT, promptOf, verdictOf } from "./made-up-rows.js";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "100000" },
    small: { type: "string", default: "10000" },
    /** Internal: serve this workspace, in this process. */
    serve: { type: "string" },
  },
});

const SHARD_ROWS = 1024;
/** What a person changes on the page of candidates, one after another. */
const CHANGES = [
  "order=newest",
  "order=lowest",
  "order=highest&least=0.25&most=0.75",
  "text=thing%2077",
  "task=counting",
  "task=counting&order=lowest",
  "status=dropped",
  "mark=flagged",
  "repeated=yes",
];
const PAIR_CHANGES = [
  "order=smallest",
  "order=largest",
  "least=0.5",
  "text=thing%2077&order=smallest",
  "task=colors",
];

if (flags.serve === undefined) await compareSizes(Number(flags.small), Number(flags.rows));
else await serve(flags.serve);

async function compareSizes(small: number, large: number): Promise<void> {
  if ((await buildStudio()) !== 0) throw new Error("The studio's pages could not be built.");
  const few = await measured(small);
  const many = await measured(large);
  for (const [name, milliseconds] of many.times)
    console.log(`${name.padEnd(60)} ${milliseconds.toFixed(0)} ms`);
  const [first = 0, ...changes] = many.times.map(([, milliseconds]) => milliseconds);
  console.log(
    JSON.stringify({
      first_paint_ms: Math.round(first),
      filter_ms: Math.round(Math.max(...changes)),
      server_mb_10k: few.megabytes,
      server_mb_100k: many.megabytes,
    }),
  );
}

interface Measured {
  readonly times: readonly (readonly [asked: string, milliseconds: number])[];
  readonly megabytes: number;
}

async function measured(rows: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "espalier-bench-"));
  let child: ChildProcess | undefined;
  try {
    made(folder, rows);
    const started = await server(folder);
    const { url } = started;
    child = started.child;
    const times = [await timed("first paint", url, ["", "api/facets", listOf("")])];
    for (const change of CHANGES) times.push(await timed(change, url, [listOf(change), countOf(change)]));
    for (const change of PAIR_CHANGES)
      times.push(
        await timed(`pairs, ${change}`, url, [`api/pairs?${change}`, `api/pairs/count?${without(change)}`]),
      );
    const megabytes = residentMegabytes(child);
    return { times, megabytes };
  } finally {
    child?.kill("SIGINT");
    rmSync(folder, { recursive: true, force: true });
  }
}

function listOf(change: string): string {
  return `api/candidates?judge=${JUDGE}&${change}`;
}

function countOf(change: string): string {
  return `api/candidates/count?judge=${JUDGE}&${without(change)}`;
}

function without(change: string): string {
  return change.replace(/&?order=\w+/, "").replace(/^&/, "");
}

async function timed(
  name: string,
  url: string,
  asked: readonly string[],
): Promise<readonly [string, number]> {
  const begun = performance.now();
  for (const path of asked) {
    const response = await fetch(`${url}${path}`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
  }
  return [name, performance.now() - begun];
}

async function server(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const words = ["--import", "tsx", fileURLToPath(import.meta.url), "--serve", folder];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  child.once("error", (error) => child.stdout.destroy(error));
  for await (const line of createInterface({ input: child.stdout })) return { child, url: line };
  throw new Error("The studio's server ended before it could be opened.");
}

async function serve(workspace: string): Promise<void> {
  const end = new AbortController();
  process.once("SIGINT", () => end.abort());
  await serveStudio({ workspace, port: 0, signal: end.signal, onOpen: (url) => console.log(url) });
}

/** Of the process, as the system counts it. */
function residentMegabytes({ pid }: ChildProcess): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}

/** Candidates of eight a prompt with a verdict each, and four pairs a prompt. */
function made(folder: string, rows: number): void {
  const store = openStore(workspacePaths(folder));
  store.runs.open({ id: "bench", pipeline: "bench", configHash: "bench", config: {} });
  store.rounds.open({ runId: "bench", number: 1, manifest: {} });
  const stage = (name: string) =>
    store.stages.open({ runId: "bench", round: 1, name, inputsHash: "bench", inputs: {} });
  const [candidates, pairs] = [stage("candidates"), stage("pairs")];
  for (let index = 0; index * SHARD_ROWS < rows; index++) {
    const numbers = Array.from(
      { length: Math.min(SHARD_ROWS, rows - index * SHARD_ROWS) },
      (_, at) => index * SHARD_ROWS + at,
    );
    const prompts = numbers
      .filter((number) => number % PER_PROMPT === 0)
      .map((at) => promptOf(at / PER_PROMPT));
    const all = numbers.map(candidateOf);
    store.shards.commit(candidates.id, index, placed(store, candidates, index, all.length), (writer) => {
      writer.prompts(prompts);
      writer.candidates(all);
      writer.verdicts(all.map((one, at) => verdictOf(one, numbers[at] as number)));
    });
    const picked = all.filter((_, at) => at % 2 === 0 && at + 1 < all.length);
    const paired = picked.map((chosen, at) => pairOf(chosen, all[2 * at + 1] as typeof chosen));
    store.shards.commit(pairs.id, index, placed(store, pairs, index, paired.length), (writer) =>
      writer.pairs(paired),
    );
  }
  for (const { id } of [candidates, pairs]) store.stages.end(id, "finished");
  store.close();
}

function pairOf(chosen: ReturnType<typeof candidateOf>, rejected: ReturnType<typeof candidateOf>) {
  const [chosenScore, rejectedScore] = [chosen.seed, rejected.seed].map((seed) => seed / 2 ** 32) as [
    number,
    number,
  ];
  const scores = { chosenScore, rejectedScore, margin: chosenScore - rejectedScore };
  return {
    promptId: chosen.promptId,
    chosenId: chosen.id,
    rejectedId: rejected.id,
    ...scores,
    policy: "best",
  };
}

/** A shard's file, empty: nobody looks at an image here. */
function placed({ workspace }: Store, stage: StageRow, index: number, rows: number) {
  const file = shardFile(stage, index);
  mkdirSync(dirname(join(workspace.root, file)), { recursive: true });
  writeFileSync(join(workspace.root, file), "");
  return { file, sha256: "0".repeat(64), rows };
}
