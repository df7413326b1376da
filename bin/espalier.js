#!/usr/bin/env node
// The `espalier` command: what was compiled in an installed package, the TypeScript sources through tsx in a clone.
import { existsSync } from "node:fs";

const at = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);

if (!hasWorkingFolder()) {
  console.error("The working folder is gone: change to one that is there (cd), then give the command again.");
  process.exitCode = 2;
} else if (!existsSync(at("src/cli.ts"))) {
  await import(at("dist/src/cli.js").href);
} else if (existsSync(at("node_modules/tsx"))) {
  const { register } = await import("tsx/esm/api");
  register();
  await import(at("src/cli.ts").href);
} else {
  console.error("The packages are not installed yet: run npm start, or node scripts/setup.js.");
  process.exitCode = 1;
}

function hasWorkingFolder() {
  try {
    return process.cwd() !== "";
  } catch {
    return false;
  }
}
