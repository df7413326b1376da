import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { LAYOUT } from "../src/machine/layout.js";

const LINTER = join(LAYOUT.virtualEnvironment, "bin", "hadolint");

// The lock has it for Linux x64 alone.
test.skipIf(!existsSync(LINTER))("the Dockerfile is as hadolint wants it", async () => {
  const { exitCode, stdout } = await execa(LINTER, ["Dockerfile"], { reject: false });
  expect([exitCode, stdout]).toEqual([0, ""]);
});

test("the container runs as somebody without root, a Node and commands that are supported", () => {
  const text = readFileSync("Dockerfile", "utf8");
  expect(text).toMatch(/^USER [1-9]\d*$/m);
  expect(text).toMatch(/^FROM node:22-/m);
  expect(text).toMatch(/^RUN espalier setup --torch "\$\{TORCH\}" && espalier doctor$/m);
});
