#!/usr/bin/env node
// The `espalier` command: loads the TypeScript sources through tsx.
import { existsSync } from "node:fs";

if (!hasWorkingFolder()) {
  console.error("The working folder is gone: change to one that is there (cd), then give the command again.");
  process.exitCode = 2;
} else if (existsSync(new URL("../node_modules/tsx", import.meta.url))) {
  const { register } = await import("tsx/esm/api");
  register();
  await import(new URL("../src/cli.ts", import.meta.url).href);
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
