import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const FOLDERS = ["src", "scripts", "bin"];

test("whatever starts a process hears when it cannot be started", () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  ).filter((name) => /\.(ts|js)$/.test(name));
  const starting = files.filter((file) => /[^.\w]spawn\(/.test(readFileSync(file, "utf8")));
  expect(starting.length).toBeGreaterThanOrEqual(4);
  const deaf = starting.filter((file) => !/\.(on|once)\(\s*"error"/.test(readFileSync(file, "utf8")));
  expect(deaf).toEqual([]);
});

test("a script that finds no Python says what to do, in a sentence", { timeout: 60_000 }, async () => {
  const result = await execa(process.execPath, ["--import", "tsx", "scripts/bench/torch.ts", "--help"], {
    env: { ESPALIER_PYTHON: "/nowhere/python" },
    reject: false,
  });
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toContain("ESPALIER_PYTHON names /nowhere/python, but there is no such file.");
  expect(result.stderr).not.toMatch(/^\s+at /m);
});

test("every script says what it lacks in a sentence", { timeout: 60_000 }, async () => {
  const names = readdirSync("scripts", { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".ts")).map((name) => join("scripts", name));
  const texts = new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
  const isImported = (file: string) =>
    [...texts.values()].some((text) => text.includes(`/${basename(file, ".ts")}.js"`));
  const programs = files.filter((file) => file.split(/[\\/]/).length === 3 && !isImported(file));
  expect(programs.length).toBeGreaterThanOrEqual(20);
  expect(programs.filter((file) => !texts.get(file)?.includes('import "../explain-faults.js";'))).toEqual([]);
  const result = await execa(process.execPath, ["--import", "tsx", "scripts/bench/pruning.ts", "--frob"], {
    reject: false,
  });
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain("Unknown option '--frob'");
  expect(result.stderr).not.toMatch(/^\s+at /m);
});
