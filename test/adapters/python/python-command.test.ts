import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { probePython, pythonCommand } from "../../../src/adapters/python/index.js";
import { TrainerError } from "../../../src/errors.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-python-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it("finds the project's own environment", () => {
  const python = join(root, ".venv", "bin", "python");
  mkdirSync(join(root, ".venv", "bin"), { recursive: true });
  writeFileSync(python, "");
  chmodSync(python, 0o755);
  expect(pythonCommand({}, root)).toBe(python);
});

it("prefers the Python the user names", () => {
  expect(pythonCommand({ ESPALIER_PYTHON: process.execPath }, root)).toBe(process.execPath);
});

it("names the cure when there is none", () => {
  expect(() => pythonCommand({}, root)).toThrow(TrainerError);
  expect(() => pythonCommand({}, root)).toThrow(/npm start.*ESPALIER_PYTHON/);
  expect(() => pythonCommand({ ESPALIER_PYTHON: join(root, "no-python") }, root)).toThrow(
    /there is no such file/,
  );
});

it("the real worker answers a probe", async () => {
  const found = await probePython();
  expect(found.python).toMatch(/^3\.\d+\.\d+/);
  expect(found.cores).toBeGreaterThan(0);
}, 120_000);
