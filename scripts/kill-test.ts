/**
 * Kills a run with SIGKILL at moments spread over its loop, starts it again, and checks that it ends as if nothing had
 * happened: the same candidates, pair sets, checkpoints, scores and number of rows.
 *
 *   npx tsx scripts/kill-test.ts [--moments 10] [--pipeline smoke]
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { openStore, type Store } from "../src/adapters/store/index.js";
import { workspacePaths } from "../src/paths.js";
import type { Progress } from "../src/records/progress.js";
import { loadPipeline } from "../src/runner/load-pipeline.js";
import { HOME } from "../src/runner/locate-file.js";
import { runPipeline } from "../src/runner/run-pipeline.js";

const { values } = parseArgs({
  options: {
    moments: { type: "string", default: "10" },
    pipeline: { type: "string", default: "smoke" },
    /** The workspace to run in: set by this script when it starts itself. */
    child: { type: "string" },
  },
});

if (values.child !== undefined) await runReporting(values.pipeline, values.child);
else process.exitCode = await killAtMoments(values.pipeline, Number(values.moments));

/** The child: runs the pipeline and prints a line for each report of progress. */
async function runReporting(pipeline: string, workspace: string): Promise<void> {
  const { config, source } = await loadPipeline(pipeline, join(HOME, "pipelines"));
  const progress: Progress = {
    start: (name) => ({ advance: () => console.log(name), end() {} }),
    note() {},
  };
  await runPipeline(config, { workspace, source, progress });
}

/** The parent. Returns the exit code: 0 when every broken run ended like the unbroken one. */
async function killAtMoments(pipeline: string, moments: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "espalier-kill-"));
  try {
    const whole = await startChild(pipeline, join(folder, "unbroken"));
    if (whole.exitCode !== 0) throw new Error(`The unbroken run failed:\n${whole.errors}`);
    const expected = essenceOf(join(folder, "unbroken"));
    console.log(`unbroken run: ${whole.reports} reports of progress, ${say(expected)}\n`);
    let different = 0;
    for (let moment = 1; moment <= moments; moment++) {
      const at = Math.round(((moment - 0.5) / moments) * whole.reports);
      const workspace = join(folder, `killed-${moment}`);
      different += (await killedAt(pipeline, workspace, Math.max(1, at), expected)) ? 0 : 1;
      rmSync(workspace, { recursive: true, force: true });
    }
    console.log(
      different === 0 ? `\nAll ${moments} ended the same.` : `\n${different} of ${moments} differ.`,
    );
    return different === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function killedAt(
  pipeline: string,
  workspace: string,
  at: number,
  expected: Essence,
): Promise<boolean> {
  const killed = await startChild(pipeline, workspace, at);
  const again = await startChild(pipeline, workspace);
  const found = again.exitCode === 0 ? essenceOf(workspace) : undefined;
  const same = killed.signal === "SIGKILL" && JSON.stringify(found) === JSON.stringify(expected);
  const place = `killed at report ${String(at).padStart(4)} (${killed.last})`.padEnd(60);
  console.log(`${place} ${found ? say(found) : `failed: ${again.errors}`}  ${same ? "same" : "DIFFERENT"}`);
  return same;
}

interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly reports: number;
  /** What was in progress at the last report. */
  readonly last: string;
  readonly errors: string;
}

/** Runs the child to its end, or kills it at report number `killAt`. Only the process itself is killed, not its worker. */
async function startChild(pipeline: string, workspace: string, killAt?: number): Promise<Ended> {
  const words = ["--import", "tsx", import.meta.filename, "--pipeline", pipeline, "--child", workspace];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let [reports, last, errors] = [0, "", ""];
  child.stderr.on("data", (text: Buffer) => {
    errors = (errors + text.toString()).slice(-4000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    reports += 1;
    if (reports === killAt) child.kill("SIGKILL");
    if (killAt === undefined || reports <= killAt) last = line;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, reports, last, errors }));
  });
}

/** What must not depend on interruptions. */
interface Essence {
  /** sha256 over the ids of all candidates, stage by stage. */
  readonly candidates: string;
  readonly pairSets: readonly string[];
  readonly checkpoints: readonly string[];
  /** sha256 over all evaluated images. */
  readonly evaluations: string;
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>;
}

function essenceOf(workspace: string): Essence {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const stages = store.runs.list().flatMap(({ id }) => store.stages.list(id));
    const { lease: _lease, ...rows } = store.counts();
    return {
      candidates: sha256(stages.flatMap(({ id }) => [...store.candidates.iterate(id)].map((one) => one.id))),
      pairSets: stages.filter(({ name }) => name === "pairs").map(({ id }) => store.pairs.setHash(id)),
      checkpoints: store.checkpoints
        .list()
        .map(({ id }) => id)
        .sort(),
      evaluations: sha256(stages.flatMap(({ id }) => evaluatedImages(store, id))),
      rows,
    };
  } finally {
    store.close();
  }
}

function evaluatedImages(store: Store, stage: string): string[] {
  return [...store.evaluations.items(stage)].map(
    ({ promptId, sample, candidateId, correct }) => `${promptId} ${sample} ${candidateId} ${correct}`,
  );
}

function say({ candidates, pairSets, checkpoints, rows }: Essence): string {
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const pairs = pairSets.map((hash) => hash.slice(0, 8)).join("+");
  const trained = sha256(checkpoints).slice(0, 8);
  return `candidates ${candidates.slice(0, 8)}, pairs ${pairs}, checkpoints ${trained}, ${total} rows`;
}

function sha256(lines: readonly string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
