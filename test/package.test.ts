import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type InstalledPackage, installPackage } from "../scripts/bench/package/installed-package.js";
import { LAYOUT } from "../src/machine/layout.js";

const MINUTES = 60_000;
const MOST_MEGABYTES = 60;
const ROOT = resolve(".");
const COMPILER = join(ROOT, "node_modules", "typescript", "bin", "tsc");
/** In the project that installed it. */
const PROGRAM = join("node_modules", "espalier", "bin", "espalier.js");
const BINARY = join("onnxruntime-node", "bin", "napi-v6", process.platform, process.arch);
const TYPES = join(ROOT, "node_modules", "@types");

/** What people write who use the library. */
const CONSUMER = `
import { bestOfN, definePipeline, freezeConfig, search, type Verdict } from "espalier";
import { FakeJudge, FakeSampler, fakePrompt, scoreByHash } from "espalier/testing";

const { name, rounds } = freezeConfig(definePipeline({ name: "typed", rounds: 2 }), "here");
const judge = new FakeJudge(scoreByHash);
const verdict: Verdict = { kind: "scored", score: 0.5 };
const tasks = [{ prompt: fakePrompt("a photo of a red star"), attempt: 0 }];
const strategy = bestOfN({ candidates: 4, seed: 1 });
const chosen: (number | undefined)[] = [];
for await (const outcome of search(tasks, { sampler: new FakeSampler(), judge, strategy })) chosen.push(outcome.chosen);
console.log(JSON.stringify({ name, rounds: rounds.length, chosen: chosen.map((one) => typeof one), kind: verdict.kind }));
`;

describe("the package", () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-package-"));
  const project = join(folder, "project");
  let tarball = "";
  let run: InstalledPackage["run"];
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const espalier = (...words: string[]) => run("npx", ["--no", "--", "espalier", ...words]);

  beforeAll(async () => {
    ({ tarball, run } = await installPackage(folder));
    expect(statSync(tarball).size / 1e6).toBeLessThan(MOST_MEGABYTES);
  }, 10 * MINUTES);

  test("holds what was built and nothing else", () => {
    const inside = join(project, "node_modules", "espalier");
    expect(readdirSync(inside).sort()).toEqual(
      [
        "LICENSE",
        "README.md",
        "bin",
        "data",
        "dist",
        "migrations",
        "package.json",
        "python",
        "templates",
      ].sort(),
    );
    const files = readdirSync(inside, { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => /\.(pyc|tsbuildinfo|test\.js)$/.test(file))).toEqual([]);
    for (const name of ["dist/types/index.d.ts", "dist/src/index.js.map", "dist/pipelines/quickstart.js"])
      expect(files).toContain(name);
    const text = files.filter((file) => /^dist.*\.(js|d\.ts|map|json)$/.test(file));
    expect(text.length).toBeGreaterThan(900);
    expect(text.filter((file) => readFileSync(join(inside, file), "utf8").includes(ROOT))).toEqual([]);
  });

  test("brings the command: help, a pipeline of one's own, its plan", { timeout: 5 * MINUTES }, async () => {
    const help = await espalier("--help");
    expect(help.exitCode, help.stderr).toBe(0);
    expect(help.stdout).toContain("Usage: espalier");
    const made = await espalier("init", "mine");
    expect(made.exitCode, made.stderr).toBe(0);
    expect(readFileSync(join(project, "mine", "pipeline.ts"), "utf8")).not.toContain(folder);
    const plan = await espalier("run", "mine/pipeline.ts", "--plan", "--json");
    expect(plan.exitCode, plan.stderr).toBe(0);
    expect(JSON.parse(plan.stdout)).toMatchObject({ run: "mine" });
  });

  test("knows what it has and what it would fetch", { timeout: 5 * MINUTES }, async () => {
    const { exitCode, stdout, stderr } = await espalier("doctor", "--json");
    expect(exitCode, stderr).toBe(0);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; cure: string }[] };
    const stateOf = (name: string) => checks.find((check) => check.name === name)?.state;
    expect(["ONNX runtime", "Python packages", "model scenes-base"].map(stateOf)).toEqual([
      ...["warning", "warning", "ok"],
    ]);
    expect(checks.find(({ name }) => name === "ONNX runtime")?.cure).toContain("npx espalier setup");
  });

  test("checks the Python that the user names", { timeout: 5 * MINUTES }, async () => {
    const checked = async (python: string) => {
      const variables = { ESPALIER_PYTHON: python, PYTHONPATH: join(ROOT, "python") };
      const { stdout } = await run(process.execPath, [PROGRAM, "doctor", "--json"], variables);
      const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; cure: string }[] };
      return checks.find(({ name }) => name === "PyTorch worker");
    };
    expect(await checked(LAYOUT.python)).toMatchObject({ state: "ok" });
    const nowhere = join(folder, "nowhere");
    const absent = await checked(nowhere);
    expect(absent?.state).toBe("missing");
    expect(absent?.cure).toContain(`ESPALIER_PYTHON names ${nowhere}`);
  });

  test("draws with the bundled models once it has their runtime", { timeout: 5 * MINUTES }, async () => {
    for (const name of [
      "onnxruntime-node/dist",
      "onnxruntime-node/package.json",
      BINARY,
      "onnxruntime-common",
    ])
      cpSync(join(ROOT, "node_modules", name), join(project, "node_modules", name), { recursive: true });
    const words = ["generate", "mine/prompts.txt", "--count", "1", "--json"];
    const { exitCode, stdout, stderr } = await run(process.execPath, [PROGRAM, ...words]);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ summary: { candidates: 5, prompts: 5 } });
  });

  test(
    "runs the quickstart, training with the Python sources that it brings",
    async () => {
      const python = join(project, "node_modules", "espalier", "python");
      const { exitCode, stdout, stderr } = await run("npx", ["--no", "--", "espalier", "quickstart"], {
        ...{ ESPALIER_PYTHON: LAYOUT.python, PYTHONPATH: python },
      });
      expect(exitCode, stderr).toBe(0);
      for (const said of ["base + ORM best-of-4", "round 1", "Report: "]) expect(stdout).toContain(said);
      const reports = readdirSync(join(project, "workspace", "reports"), {
        recursive: true,
        encoding: "utf8",
      });
      expect(reports.filter((name) => name.endsWith(".html")).length).toBeGreaterThan(0);
    },
    20 * MINUTES,
  );

  test(
    "makes a wheel of its Python, of its own version, with the protocol in it",
    async () => {
      // pip writes beside what it builds.
      cpSync(join(project, "node_modules", "espalier", "python"), join(folder, "python"), {
        recursive: true,
      });
      const asked =
        "import sys, sysconfig; print(sys._base_executable); print(sysconfig.get_path('purelib'))";
      const [base = "", packages = ""] = (await run(LAYOUT.python, ["-c", asked])).stdout.split("\n");
      const words = ["--no-deps", "--no-build-isolation", "--wheel-dir", folder, join(folder, "python")];
      const built = await run(base, ["-m", "pip", "wheel", ...words], { PYTHONPATH: packages });
      expect(built.exitCode, built.stderr).toBe(0);
      const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
      const wheel = join(folder, `espalier_torch-${version}-py3-none-any.whl`);
      const { stdout } = await run(base, ["-m", "zipfile", "--list", wheel]);
      for (const name of ["protocol/schema.json", "worker.py", "quiet.json"])
        expect(stdout).toContain(`espalier_torch/${name}`);
      expect(stdout).not.toContain("tests/");
    },
    5 * MINUTES,
  );

  test.each([
    ["node16", "node16"],
    ["esnext", "bundler"],
  ])("type-checks under strict, as module %s", { timeout: 5 * MINUTES }, async (module, resolution) => {
    writeFileSync(join(project, "use.ts"), CONSUMER);
    const settings = ["--strict", "--target", "es2022", "--typeRoots", TYPES];
    const kind = ["--module", module, "--moduleResolution", resolution, "--types", "node"];
    const { exitCode, stdout } = await run(process.execPath, [COMPILER, ...settings, ...kind, "use.ts"]);
    expect([exitCode, stdout]).toEqual([0, ""]);
  });

  test("runs as a library under plain node", { timeout: 5 * MINUTES }, async () => {
    const { exitCode, stdout, stderr } = await run(process.execPath, ["use.js"]);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ name: "typed", rounds: 2, chosen: ["number"], kind: "scored" });
  });

  test("could be published as it is", { timeout: 5 * MINUTES }, async () => {
    const words = ["publish", "--dry-run", "--json", tarball];
    const { exitCode, stdout, stderr } = await execa("npm", words, { cwd: ROOT, reject: false });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('"name": "espalier"');
  });
});
