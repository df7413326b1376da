import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  const home = join(folder, "home");
  let tarball = "";
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** As on a machine that has Node and npm alone: no variable of this one, another home, none of our folders. */
  const environment = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: home,
    npm_config_cache: process.env["npm_config_cache"] ?? join(process.env["HOME"] ?? "", ".npm"),
    npm_config_update_notifier: "false",
    // Where node-gyp finds Node's headers, as beside every usual Node; and the binary that its maker would serve.
    npm_config_nodedir: dirname(dirname(process.execPath)),
    npm_config_better_sqlite3_local_prebuilds: join(folder, "prebuilds"),
  };
  const run = (command: string, words: readonly string[], added: NodeJS.ProcessEnv = {}) =>
    execa(command, words, {
      ...{ cwd: project, extendEnv: false, reject: false },
      env: { ...environment, ...added },
    });
  const espalier = (...words: string[]) => run("npx", ["--no", "--", "espalier", ...words]);

  beforeAll(async () => {
    for (const made of [project, home, join(folder, "prebuilds")]) mkdirSync(made);
    writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
    await serveBinary(join(folder, "prebuilds"));
    const packed = await execa("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: ROOT });
    tarball = join(folder, packed.stdout.trim().split("\n").at(-1) ?? "");
    expect(statSync(tarball).size / 1e6).toBeLessThan(MOST_MEGABYTES);
    const installed = await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball]);
    expect(installed.exitCode, installed.stderr).toBe(0);
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
    for (const name of ["dist/src/index.d.ts", "dist/src/index.js.map", "dist/pipelines/quickstart.js"])
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

  test.each([
    ["node16", "node16"],
    ["esnext", "bundler"],
  ])("type-checks under strict, as module %s", { timeout: 5 * MINUTES }, async (module, resolution) => {
    writeFileSync(join(project, "use.ts"), CONSUMER);
    const settings = ["--strict", "--target", "es2022", "--skipLibCheck", "--typeRoots", TYPES];
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

/** better-sqlite3 as it was built for this checkout, where its installer looks before it compiles one. */
async function serveBinary(prebuilds: string): Promise<void> {
  const library = join(ROOT, "node_modules", "better-sqlite3");
  const { version } = JSON.parse(readFileSync(join(library, "package.json"), "utf8")) as { version: string };
  const machine = `node-v${process.versions.modules}-${process.platform}-${process.arch}`;
  const file = join(prebuilds, `better-sqlite3-v${version}-${machine}.tar.gz`);
  await execa("tar", ["-czf", file, "-C", library, "build/Release/better_sqlite3.node"]);
}
