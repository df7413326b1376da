import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  CHECKS,
  pythonTests,
  readPytest,
  readVitest,
  single,
  suite,
  suites,
} from "../../../scripts/setup/gates.js";
import { SLOW_TESTS } from "../../../scripts/setup/slow-tests.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that writes `text` to the results file (nothing when empty) and exits with `code`. */
function program(text: string, code: number) {
  const results = join(folder, "results");
  const script = `
    if (${JSON.stringify(text)}) require("fs").writeFileSync(${JSON.stringify(results)}, ${JSON.stringify(text)});
    process.exit(${code});`;
  return { results, parameters: ["-e", script] };
}

const vitestReport = (passed: number, failed: number) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 1,
    numTodoTests: 1,
  });

describe("a gate of npm test", () => {
  test("that is one program counts as one test", async () => {
    const pass = await single("good", process.execPath, ["-e", "0"]).run();
    expect(pass).toEqual({ name: "good", passed: 1, failed: 0, skipped: 0 });
    const fail = await single("bad", process.execPath, ["-e", "process.exit(3)"]).run();
    expect(fail).toEqual({ name: "bad", passed: 0, failed: 1, skipped: 0 });
    const absent = await single("absent", join(folder, "no-such-program"), []).run();
    expect(absent.failed).toBe(1);
  });

  test.each([
    ["all passed", vitestReport(5, 0), 0, { passed: 5, failed: 0, skipped: 2 }],
    ["some failed", vitestReport(3, 2), 1, { passed: 3, failed: 2, skipped: 2 }],
    ["passed, but the program failed", vitestReport(5, 0), 1, { passed: 5, failed: 1, skipped: 2 }],
    ["ran nothing", vitestReport(0, 0), 0, { passed: 0, failed: 1, skipped: 2 }],
    ["crashed before it wrote", "", 1, { passed: 0, failed: 1, skipped: 0 }],
  ])("that is many tests: %s", async (_, report, code, counts) => {
    // Results of an earlier run must not be counted.
    writeFileSync(join(folder, "results"), vitestReport(99, 0));
    const { results, parameters } = program(report, code);
    expect(await suite("many", process.execPath, parameters, results, readVitest).run()).toEqual({
      name: "many",
      ...counts,
    });
  });

  test("of pytest is counted from its report", () => {
    const report =
      '<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" ' +
      'skipped="3" tests="20" time="1.5"><testcase name="a failures=&quot;9&quot;"/></testsuite></testsuites>';
    expect(readPytest(report)).toEqual({ passed: 14, failed: 3, skipped: 3 });
  });

  test("there is one for each tool of both languages", () => {
    expect([...CHECKS, ...suites({ fast: false })].map(({ name }) => name)).toEqual([
      "biome",
      "ruff check",
      "ruff format",
      "oxlint",
      "tsc",
      "tsc, pages",
      "build",
      "protocol",
      "vitest",
      "pytest",
    ]);
    expect(suites({ fast: true }).map(({ name }) => name)).toEqual(["vitest", "pytest"]);
  });

  test("pytest is given every file of Python's tests once, the slow ones first", () => {
    const files = pythonTests();
    expect(files.slice(0, SLOW_TESTS.pytest.length)).toEqual(SLOW_TESTS.pytest);
    expect(new Set(files).size).toBe(files.length);
    const written = readdirSync("python/tests", { recursive: true, encoding: "utf8" });
    expect(files).toHaveLength(written.filter((name) => /(^|\/)test_[^/]*\.py$/.test(name)).length);
  });

  test("the fast lane leaves out files that exist", () => {
    const left = [...SLOW_TESTS.vitest, ...SLOW_TESTS.pytest];
    expect(left.length).toBeGreaterThan(10);
    expect(left.filter((file) => !existsSync(file))).toEqual([]);
  });
});
