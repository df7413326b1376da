import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { LAYOUT, ROOT } from "../../src/machine/layout.js";
import { runCommand } from "./run-command.js";
import { SLOW_TESTS } from "./slow-tests.js";

/**
 * @typedef {object} Outcome
 * @property {string} name
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 *
 * @typedef {{ name: string, run: () => Promise<Outcome> }} Gate
 */

const nodeTool = (/** @type {string} */ name) => join(LAYOUT.nodeModules, ".bin", name);
const pythonTool = (/** @type {string} */ name) => join(LAYOUT.virtualEnvironment, "bin", name);
const vitestResults = join(LAYOUT.results, "vitest.json");
const pytestResults = join(LAYOUT.results, "pytest.xml");

/** Every check, quickest first. One that is one program counts as one test. @type {readonly Gate[]} */
export const CHECKS = [
  single("biome", nodeTool("biome"), ["check", "."]),
  single("ruff check", pythonTool("ruff"), ["check", "python"]),
  single("ruff format", pythonTool("ruff"), ["format", "--check", "python"]),
  single("oxlint", nodeTool("oxlint"), ["--type-aware", "--quiet", "--format=unix", "."]),
  single("tsc", nodeTool("tsc"), ["--noEmit"]),
  single("tsc, pages", nodeTool("tsc"), ["--noEmit", "--project", "src/studio/pages"]),
  // The command of the tests that start it: compiled, it loads in a third of the time.
  single("build", process.execPath, ["scripts/build/package.js"]),
  single("protocol", nodeTool("tsx"), ["scripts/build/protocol.ts", "--check"]),
];

/**
 * The tests of both languages, without those of SLOW_TESTS when `fast`.
 * @param {{ fast: boolean }} options
 * @returns {readonly Gate[]}
 */
export function suites({ fast }) {
  const left = fast ? SLOW_TESTS : { vitest: [], pytest: [] };
  return [
    suite(
      "vitest",
      nodeTool("vitest"),
      [
        ...["run", "--reporter=default", "--reporter=json", `--outputFile.json=${vitestResults}`],
        ...left.vitest.map((path) => `--exclude=${path.endsWith(".ts") ? path : `${path}/**`}`),
      ],
      vitestResults,
      readVitest,
    ),
    suite(
      "pytest",
      pythonTool("pytest"),
      [
        // In the order given, not by the number of tests: a slow file of few tests would run alone at the end.
        ...["-q", "--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder"],
        ...["--rootdir", LAYOUT.pythonProject, `--junitxml=${pytestResults}`],
        ...pythonTests().filter((file) => !left.pytest.includes(file)),
      ],
      pytestResults,
      readPytest,
    ),
  ];
}

/** Every test file of Python, those of SLOW_TESTS first. */
export function pythonTests() {
  const folder = "python/tests";
  const found = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /^test_\w+\.py$/.test(basename(name)))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
  return [...new Set([...SLOW_TESTS.pytest, ...found.sort()])];
}

/**
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} parameters
 * @returns {Gate}
 */
export function single(name, command, parameters) {
  return {
    name,
    async run() {
      const failed = (await exitCodeOf(command, parameters)) === 0 ? 0 : 1;
      return { name, passed: 1 - failed, failed, skipped: 0 };
    },
  };
}

/**
 * A program of many tests, counted from the file it writes. One that fails without a failed test, or writes no
 * file (it crashed, or a test file could not be loaded), counts as one failure.
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {string} results
 * @param {(text: string) => Omit<Outcome, "name">} read
 * @returns {Gate}
 */
export function suite(name, command, parameters, results, read) {
  return {
    name,
    async run() {
      rmSync(results, { force: true });
      const code = await exitCodeOf(command, parameters);
      const counted = existsSync(results) ? read(readFileSync(results, "utf8")) : undefined;
      const { passed, failed, skipped } = counted ?? { passed: 0, failed: 0, skipped: 0 };
      const crashed = (code !== 0 && failed === 0) || passed + failed === 0;
      return { name, passed, failed: crashed ? 1 : failed, skipped };
    },
  };
}

/**
 * One OpenMP thread a process: several test files share the cores, and threads that wait for each other at the end of every operation took four times as long.
 * @param {string} command
 * @param {readonly string[]} parameters
 */
async function exitCodeOf(command, parameters) {
  try {
    return await runCommand(command, parameters, { cwd: ROOT, env: { OMP_NUM_THREADS: "1" } });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

/** @param {string} text */
export function readVitest(text) {
  const report = JSON.parse(text);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @param {string} text */
export function readPytest(text) {
  const suites = [...text.matchAll(/<testsuite [^>]*>/g)].map(([tag]) => tag);
  const count = (/** @type {string} */ key) =>
    suites.reduce((total, tag) => total + Number(tag.match(new RegExp(` ${key}="(\\d+)"`))?.[1] ?? 0), 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  return { passed: count("tests") - failed - skipped, failed, skipped };
}
