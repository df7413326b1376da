import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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

test("a script that finds no Python says what to do, in a sentence", { timeout: 60_000 }, () => {
  const result = spawnSync(process.execPath, ["--import", "tsx", "scripts/bench-torch.ts", "--help"], {
    env: { ...process.env, ESPALIER_PYTHON: "/nowhere/python" },
    encoding: "utf8",
  });
  expect(result.status).toBe(1);
  expect(result.stderr).toContain("ESPALIER_PYTHON names /nowhere/python, but there is no such file.");
  expect(result.stderr).not.toMatch(/^\s+at /m);
});

test("every script says what it lacks in a sentence", { timeout: 60_000 }, () => {
  const names = readdirSync("scripts").filter((name) => name.endsWith(".ts"));
  const texts = new Map(names.map((name) => [name, readFileSync(join("scripts", name), "utf8")]));
  const programs = names.filter(
    (name) => ![...texts.values()].some((text) => text.includes(`"./${name.replace(/ts$/, "js")}"`)),
  );
  expect(programs.length).toBeGreaterThanOrEqual(20);
  expect(programs.filter((name) => !texts.get(name)?.includes('import "./explain-faults.js";'))).toEqual([]);
  const result = spawnSync(process.execPath, ["--import", "tsx", "scripts/bench-pruning.ts", "--frob"], {
    encoding: "utf8",
  });
  expect(result.status).toBe(2);
  expect(result.stderr).toContain("Unknown option '--frob'");
  expect(result.stderr).not.toMatch(/^\s+at /m);
});
