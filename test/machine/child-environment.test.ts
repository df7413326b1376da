import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { childEnvironment } from "../../src/machine/child-environment.js";
import { espalier } from "../espalier-command.js";

const SECRET = {
  HF_TOKEN: "hf_abcdefghijklmnop",
  WANDB_API_KEY: "0123456789abcdef",
  AWS_SECRET_ACCESS_KEY: "x",
  PGPASSWORD: "x",
  "npm_config_//registry.example/:_authToken": "x",
  INDEX: "https://ann:secret@host/simple",
  HIDDEN: "ghp_abcdefghijklmnopqrstuvwx",
};
const KEPT = {
  TOKENIZERS_PARALLELISM: "false",
  KEYBOARD: "de",
  PWD: "/",
  https_proxy: "http://ann:pass@proxy:1",
};

test("a process that is started gets no token, password or key but the service's that it speaks to", () => {
  const own = { ...SECRET, ...KEPT };
  const plain = childEnvironment({}, own);
  expect(plain).toMatchObject(KEPT);
  expect(Object.keys(SECRET).filter((name) => name in plain)).toEqual([]);
  const tracked = childEnvironment({}, own, ["wandb"]);
  expect(Object.keys(SECRET).filter((name) => name in tracked)).toEqual(["WANDB_API_KEY"]);
});

test("the command's Python finds no secret in its environment", async () => {
  const folder = mkdtempSync(join(tmpdir(), "espalier-environment-"));
  const python = join(folder, "python");
  writeFileSync(
    python,
    `#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/environ > '${folder}/told'\nenv >> '${folder}/told'\nexit 1\n`,
  );
  chmodSync(python, 0o755);
  const env = { ...process.env, ...SECRET, ESPALIER_PYTHON: python };
  await espalier(["doctor"], { env });
  const told = readFileSync(join(folder, "told"), "utf8");
  rmSync(folder, { recursive: true });
  expect(told).toContain("ESPALIER_PYTHON=");
  expect(Object.keys(SECRET).filter((name) => told.includes(`${name}=`))).toEqual([]);
});
