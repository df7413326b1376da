/**
 * One million candidate rows written, mined and exported through the real stages: rows per second, peak memory at ten
 * thousand and at a million rows (each in a process of its own), bytes a candidate against a PNG file and its line of
 * JSONL, and the slowest of ten typical queries of the ledger. Tokens and scores are made up, images are the tokens
 * themselves: no model runs. The last line is one JSON object.
 *
 *   npm run bench:data -- [--rows 1000000] [--small 10000]
 */
import "../explain-faults.js";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { candidateFiles, readPairs } from "../../src/adapters/arrow/index.js";
import { boundHeap } from "../../src/adapters/heap.js";
import { openStore, queryLedger, type StageRow } from "../../src/adapters/store/index.js";
import { workspacePaths } from "../../src/paths.js";
import { SILENT } from "../../src/records/progress.js";
import { scoresOfStage } from "../../src/runner/inspection/look-into-candidates.js";
import { exportPairs } from "../../src/stages/exchange/export-pairs.js";
import { writePairSet } from "../../src/stages/pairs/write-pairs.js";
import type { StagePlace } from "../../src/stages/running/stage-place.js";
import { writeCandidateShard } from "../../src/stages/sampling/candidate-shard.js";
import { FakeDecoder } from "../../src/testing.js";
import { candidateOf, hex, JUDGE, PER_PROMPT, promptOf, verdictOf } from "./made-up-rows.js";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    small: { type: "string", default: "10000" },
    /** Internal: measure so many rows, in this process. */
    measure: { type: "string" },
  },
});

/** Four times the default of `shardImages`. */
const SHARD_ROWS = 1024;
const PAIRS_PER_TASK = 500;

if (flags.measure !== undefined) await measure(Number(flags.measure));
else await compareSizes(Number(flags.small), Number(flags.rows));

async function compareSizes(small: number, large: number): Promise<void> {
  const [few, many] = [inOwnProcess(small), inOwnProcess(large)];
  const png = await bytesOfPng();
  for (const [name, value] of Object.entries(many)) console.log(`${name.padEnd(34)} ${value}`);
  console.log(
    JSON.stringify({
      rows_per_second: many["rows_per_second"],
      peak_mb_10k: few["peak_mb"],
      peak_mb_1m: many["peak_mb"],
      bytes_per_candidate: many["bytes_per_candidate"],
      bytes_per_candidate_png: png,
      slowest_query_ms: many["slowest_query_ms"],
    }),
  );
}

function inOwnProcess(rows: number): Record<string, number> {
  const words = ["--import", "tsx", fileURLToPath(import.meta.url), "--measure", String(rows)];
  const output = execFileSync(process.execPath, words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Record<string, number>;
}

async function measure(rows: number): Promise<void> {
  boundHeap();
  const folder = mkdtempSync(join(tmpdir(), "espalier-bench-"));
  const store = openStore(workspacePaths(folder));
  try {
    store.runs.open({ id: "bench", pipeline: "bench", configHash: "bench", config: {} });
    store.rounds.open({ runId: "bench", number: 1, manifest: {} });
    const place: StagePlace = { store, runId: "bench", round: 1, progress: SILENT };
    const begun = performance.now();
    const candidates = await writeCandidates(place, rows);
    const written = performance.now();
    note("written");
    const writtenPeak = peak();
    const stored = sizeOf(folder);
    const pairs = await mine(place, candidates);
    const mined = performance.now();
    note("mined");
    const minedPeak = peak();
    await exportPairs(store, { stages: [pairs], format: "parquet", out: join(folder, "pairs.parquet") });
    const exported = performance.now();
    console.log(
      JSON.stringify({
        rows_per_second: Math.round((1000 * rows) / (exported - begun)),
        write_seconds: seconds(written - begun),
        mine_seconds: seconds(mined - written),
        export_seconds: seconds(exported - mined),
        pairs: pairs.summary?.["pairs"],
        bytes_per_candidate: Math.round(stored / rows),
        ...queryTimes(folder, candidates, pairs),
        peak_mb_written: writtenPeak,
        peak_mb_mined: minedPeak,
        peak_mb: peak(),
      }),
    );
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeCandidates({ store, runId, round }: StagePlace, rows: number): Promise<StageRow> {
  const stage = store.stages.open({ runId, round, name: "candidates", inputsHash: "bench", inputs: {} });
  for (let index = 0; index * SHARD_ROWS < rows; index++) {
    const first = index * SHARD_ROWS;
    const count = Math.min(SHARD_ROWS, rows - first);
    const candidates = Array.from({ length: count }, (_, at) => candidateOf(first + at));
    const numbers = new Set(candidates.map((_, at) => Math.floor((first + at) / PER_PROMPT)));
    const prompts = [...numbers].map(promptOf);
    const written = await writeCandidateShard(store.workspace.root, { stage, index }, candidates, prompts);
    store.shards.commit(stage.id, index, written, (writer) => {
      writer.prompts(prompts);
      writer.candidates(candidates);
      writer.verdicts(candidates.map((one, at) => verdictOf(one, first + at)));
    });
  }
  store.stages.end(stage.id, "finished");
  return stage;
}

function mine(place: StagePlace, candidates: StageRow): Promise<StageRow> {
  return writePairSet(place, {
    candidates,
    judge: JUDGE,
    rules: {
      labels: { by: "judge", yesFrom: 0.6, noUpTo: 0.4 },
      mining: { policy: "best-versus-worst", pairsPerPrompt: 1, margin: 0.1 },
      pairsPerTask: PAIRS_PER_TASK,
      earlierPairs: 0,
      seed: 1,
    },
    earlier: [],
    files: candidateFiles(place.store.workspace.root),
    decoder: new FakeDecoder(),
    encodePrompt: () => new Uint16Array(8),
  });
}

/** Ten typical questions to the ledger, each with its milliseconds. */
function queryTimes(folder: string, { id: candidates }: StageRow, { id: pairs }: StageRow) {
  const ofStage = (table: string, stage: string) =>
    `FROM ${table} JOIN shards ON shards.id = ${table}.shard_id WHERE shards.stage_id = '${stage}'`;
  const queries = {
    "stages and their progress": "SELECT run_id, name, progress FROM stages",
    "a candidate": `SELECT * FROM candidates WHERE id = '${hex(4321, 24)}'`,
    "candidates of a prompt": `SELECT * FROM candidates WHERE prompt_id = '${hex(321, 16)}'`,
    "verdicts on a candidate": `SELECT * FROM verdicts WHERE candidate_id = '${hex(4321, 24)}'`,
    "prompts by task": "SELECT tag, count(*) FROM prompts GROUP BY tag",
    "histogram of scores": scoresOfStage(candidates),
    "histogram of scores, by hand":
      "SELECT cast(score * 10 AS INTEGER) AS bin, count(*) FROM verdicts GROUP BY bin",
    "duplicate images":
      "SELECT count(*) FROM (SELECT grid FROM candidates GROUP BY grid HAVING count(*) > 1)",
    "histogram of margins": `SELECT cast(margin * 10 AS INTEGER) AS bin, count(*) ${ofStage("pairs", pairs)} GROUP BY bin`,
    "pairs by task":
      "SELECT prompts.tag, count(*), avg(margin) FROM pairs JOIN prompts ON prompts.id = pairs.prompt_id GROUP BY prompts.tag",
  };
  const times = Object.entries(queries).map(([name, query]): [string, number] => {
    const begun = performance.now();
    queryLedger(workspacePaths(folder), query, 1000);
    return [`query, ms: ${name}`, Math.round(performance.now() - begun)];
  });
  return { ...Object.fromEntries(times), slowest_query_ms: Math.max(...times.map(([, time]) => time)) };
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) =>
    statSync(join(folder, name)),
  );
  return files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
}

/** What the same candidate takes as a PNG file of the bundled models and a line of JSONL: the mean of the sample's images. */
async function bytesOfPng(): Promise<number> {
  const sample = fileURLToPath(new URL("../../test/fixtures/review/pairs.arrow", import.meta.url));
  const sizes: number[] = [];
  for await (const { prompt, chosen, rejected } of readPairs(sample)) {
    for (const { id, png, seed, score } of [chosen, rejected]) {
      sizes.push(
        png.length + JSON.stringify({ id, prompt, seed, score, image: `images/${id}.png` }).length + 1,
      );
    }
  }
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
}

/** Where the time and the memory are, while one waits: to stderr. */
function note(what: string): void {
  console.error(`${what} after ${seconds(performance.now())} s, ${peak()} MB at most`);
}

/** The most memory this process had so far, in MB. */
function peak(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}
