/**
 * What whoever installs the package by name gets: sizes of the tarball and of what lies on disk, and how long `espalier --help` takes there,
 * the median of ten after one that fills the caches, in seconds of the clock and of a processor, beside a Node that does nothing. The last
 * line is one JSON object. Some minutes.
 *
 *   npm run bench:package
 */
import "../explain-faults.js";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesIn } from "../../src/adapters/seal-checkpoint.js";
import { quantile } from "../../src/statistics/bootstrap.js";
import { rounded } from "../rounded.js";
import { SetupError } from "../setup/run-command.js";
import { type InstalledPackage, installPackage } from "./package/installed-package.js";

const TIMES = 10;

const folder = mkdtempSync(join(tmpdir(), "espalier-bench-package-"));
try {
  const installed = await installPackage(folder);
  const libraries = join(installed.project, "node_modules");
  const files = filesBelow(join(libraries, "espalier"));
  const sizes = {
    tarball_mb: megabytes([installed.tarball]),
    package_mb: megabytes(files),
    package_files: files.length,
    installed_mb: megabytes(filesBelow(libraries)),
  };
  const help = await timed(installed, [installed.program, "--help"]);
  const node = await timed(installed, ["--eval", ""]);
  console.log(`espalier --help: ${help.seconds} s, ${help.processor} s of a processor (median of ${TIMES})`);
  console.log(`node alone: ${node.seconds} s, ${node.processor} s of a processor`);
  const times = { help_seconds: help.seconds, help_cpu: help.processor, node_seconds: node.seconds };
  console.log(JSON.stringify({ ...sizes, ...times, node_cpu: node.processor }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Medians of one command. What it took of a processor it says itself when it ends. */
async function timed({ run }: InstalledPackage, words: readonly string[]) {
  const [clock, processor]: [number[], number[]] = [[], []];
  const report =
    'process.on("exit", () => { const { user, system } = process.cpuUsage(); console.error("processor", (user + system) / 1e6); });';
  const reporter = `data:text/javascript,${encodeURIComponent(report)}`;
  for (let time = 0; time <= TIMES; time++) {
    const before = performance.now();
    const { exitCode, stderr } = await run(process.execPath, ["--import", reporter, ...words]);
    if (exitCode !== 0) throw new SetupError(`${words.join(" ")} ended with ${exitCode}: ${stderr}`);
    if (time === 0) continue;
    clock.push((performance.now() - before) / 1000);
    processor.push(Number(/processor ([\d.]+)$/.exec(stderr.trim())?.[1]));
  }
  return { seconds: rounded(median(clock)), processor: rounded(median(processor)) };
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

function megabytes(files: readonly string[]): number {
  return rounded(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1e6);
}

function filesBelow(root: string): string[] {
  return filesIn(root).map((file) => join(root, file));
}
