import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { forCpu } from "../../src/machine/python-packages.js";

const lock = readFileSync("python/requirements-run.lock", "utf8");
const namesOf = (text: string) => [...text.matchAll(/^([a-z0-9-]+)==/gm)].map(([, name = ""]) => name);

test("the lock for the CPU leaves out what only a GPU needs, and nothing else", () => {
  const left = new Set(namesOf(forCpu(lock)));
  const gone = [...new Set(namesOf(lock))].filter((name) => !left.has(name));
  expect(gone.length).toBeGreaterThan(15);
  expect(gone.filter((name) => !/^(nvidia-|cuda-|triton$)/.test(name))).toEqual([]);
});

test("it takes PyTorch by its version alone: builds for the CPU have other hashes", () => {
  const torch = forCpu(lock)
    .split(/\n(?=[a-z])/)
    .filter((block) => block.startsWith("torch=="));
  expect(torch).toHaveLength(namesOf(lock).filter((name) => name === "torch").length);
  for (const block of torch) expect(block).toMatch(/^torch==\S+ ; python_full_version [<>=]+ '[\d.]+'$/);
});

test("the lock that users install holds no tool of development, and no other version than development does", () => {
  const all = new Set(
    [...readFileSync("python/requirements.lock", "utf8").matchAll(/^\S+==\S+/gm)].map(String),
  );
  const mine = [...lock.matchAll(/^\S+==\S+/gm)].map(String);
  expect(mine.filter((pin) => !all.has(pin))).toEqual([]);
  expect(namesOf(lock)).not.toContain("pytest");
});
