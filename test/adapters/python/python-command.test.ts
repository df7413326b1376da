import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { probePython, pythonCommand, workerEnvironment } from "../../../src/adapters/python/index.js";
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
  expect(pythonCommand({}, python)).toBe(python);
});

it("prefers the Python the user names", () => {
  expect(pythonCommand({ ESPALIER_PYTHON: process.execPath }, join(root, "none"))).toBe(process.execPath);
});

it("names the cure when there is none", () => {
  expect(() => pythonCommand({}, join(root, "none"))).toThrow(TrainerError);
  expect(() => pythonCommand({}, join(root, "none"))).toThrow(/npm start.*ESPALIER_PYTHON/);
  expect(() => pythonCommand({ ESPALIER_PYTHON: join(root, "no-python") })).toThrow(/there is no such file/);
});

it("tells workers the protocol that is spoken here, and nothing of its place in a clone", () => {
  expect(workerEnvironment({})).toEqual({
    ESPALIER_PROTOCOL: expect.stringMatching(/^\d+\.\d+\.\d+ [0-9a-f]{64}$/),
  });
});

it("the real worker answers a probe", async () => {
  const found = await probePython();
  expect(found.python).toMatch(/^3\.\d+\.\d+/);
  expect(found.cores).toBeGreaterThan(0);
}, 120_000);
