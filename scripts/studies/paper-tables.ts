/**
 * The tables of arXiv 2501.13926 and the searches of arXiv 2501.09732 on the bundled models: aligned generators, 25 rows,
 * curves over N. It writes paper-tables.json, paper-tables.md and the curves after every part and when it is stopped.
 *
 *   npm run paper-tables -- [--workspace FOLDER] [--out docs/results] [--workers N] [--quick] [--results-only]
 *
 * What the workspace has is not run again, so it may be interrupted at any time. --results-only runs nothing and writes
 * what there is, also while another process runs. Each of the workers (one a core unless said) computes shards on one thread.
 * --quick passes through in minutes; its numbers mean nothing.
 */
import "../explain-faults.js";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore } from "../../src/adapters/store/index.js";
import { createProgress } from "../../src/commands/progress.js";
import { ConfigError, EspalierError } from "../../src/errors.js";
import { workspacePaths } from "../../src/paths.js";
import { HOME } from "../../src/runner/locate-file.js";
import { loadPipeline } from "../../src/runner/pipelines/load-pipeline.js";
import { estimateSeconds } from "./paper-tables/estimate.js";
import { partsOf, quickly, runStudy, type Study } from "./paper-tables/study.js";
import { writeResults } from "./paper-tables/write.js";

const { values: flags } = parseArgs({
  options: {
    workspace: { type: "string" },
    out: { type: "string" },
    workers: { type: "string", default: String(availableParallelism()) },
    quick: { type: "boolean", default: false },
    "results-only": { type: "boolean", default: false },
  },
});
const { quick } = flags;
const workspace = flags.workspace ?? join("build", quick ? "paper-tables-quick" : "paper-tables");
const out = flags.out ?? (quick ? workspace : "docs/results");
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => interrupt(name));

process.exitCode = await main();

async function main(): Promise<number> {
  const study = await loadStudy();
  try {
    if (!flags["results-only"]) await run(study);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted && !(error instanceof EspalierError)) throw error;
    say(stop.signal.aborted ? "Stopped; the same line goes on." : (error as Error).message);
    return stop.signal.aborted ? 130 : (error as EspalierError).exitCode;
  } finally {
    await write(study);
  }
}

async function loadStudy(): Promise<Study> {
  const load = async (name: string) => (await loadPipeline(name, join(HOME, "pipelines"))).config;
  const study = {
    alignments: await load("paper-alignments"),
    tables: await load("paper-tables"),
    curves: await load("paper-curves"),
  };
  return quick ? quickly(study) : study;
}

async function run(study: Study): Promise<void> {
  const workers = workersOf(flags.workers);
  let hours = 0;
  for (const config of [study.alignments, study.tables, study.curves]) {
    const own = (await estimateSeconds(config, workers, { workspace })) / 3600;
    say(`${config.name}: about ${own.toFixed(1)} h are left`);
    hours += own;
  }
  say(`about ${hours.toFixed(1)} h in all, on free cores or as the workspace's finished rows took`);
  const progress = createProgress(process.stderr);
  try {
    const executor = { kind: "local", workers } as const;
    await runStudy(partsOf(study), { workspace, executor, progress, signal: stop.signal }, () =>
      write(study),
    );
  } finally {
    progress.close();
  }
}

async function write(study: Study): Promise<void> {
  const paths = workspacePaths(workspace);
  if (!existsSync(paths.database)) return say(`Nothing was run in ${workspace} yet.`);
  const store = openStore(paths, { readOnly: true });
  try {
    const written = await writeResults(store, study, { out, quick });
    if (written === null) say("Not even the baseline is measured; nothing was written.");
    else say(`${written.done} of ${written.all} rows: ${join(out, "paper-tables.md")}`);
  } finally {
    store.close();
  }
}

function workersOf(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new ConfigError(`--workers: expected a whole number of at least 1, got "${text}".`);
}

function interrupt(name: NodeJS.Signals): void {
  if (stop.signal.aborted) process.exit(130);
  say(`${name}: stopping at the next safe point (once more: stop at once)`);
  stop.abort(new Error(`Interrupted by ${name}`));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
