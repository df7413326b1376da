#!/usr/bin/env node
// The `espalier` command: what was compiled, in an installed package and in a clone after `npm run build`; else a clone's sources through tsx.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const at = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);

/** Commands without a ledger of their own; workers of a cluster may lack SQLite. */
const ELSEWHERE = ["init", "doctor", "scenes", "work-shards"];
/** Commands that look at the ledger alone. */
const LOOKING = ["status", "sql"];
/** Packages, and the commands that do without them. */
const PACKAGES = [
  { names: ["commander", "zod", "cli-progress"], unused: [] },
  {
    names: ["drizzle-orm", "drizzle-orm/better-sqlite3", "drizzle-orm/sqlite-core", "drizzle-orm/migrator"],
    unused: ["--help", ...ELSEWHERE],
  },
  { names: ["apache-arrow", "execa"], unused: ["--help", ...ELSEWHERE, ...LOOKING] },
];

if (!hasWorkingFolder()) {
  console.error("The working folder is gone: change to one that is there (cd), then give the command again.");
  process.exitCode = 2;
} else if (isCompiled()) {
  await import(at("dist/src/cli.js").href);
} else if (existsSync(at("node_modules/tsx"))) {
  await loadPackages(process.argv.slice(2));
  const { register } = await import("tsx/esm/api");
  register();
  await import(at("src/cli.ts").href);
} else {
  console.error("The packages are not installed yet: run npm start, or node scripts/setup.js.");
  process.exitCode = 1;
}

/**
 * Before tsx is there: through its hooks, each of their 450 files takes several times as long.
 * @param {string[]} words
 */
async function loadPackages(words) {
  const [first = "--help"] = words;
  const command = words.includes("--help") || first.startsWith("-") ? "--help" : first;
  const wanted = PACKAGES.filter(({ unused }) => !unused.includes(command));
  await Promise.all(wanted.flatMap(({ names }) => names).map((name) => import(name)));
}

/** Whether dist is all there is, or holds what the sources say now. Folders count too: a file may be gone. */
function isCompiled() {
  if (!existsSync(at("src"))) return true;
  const built = statSync(at("dist/.built"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const isOlder = (/** @type {string} */ path) => statSync(path).mtimeMs < built;
  return ["src", "pipelines"]
    .map((name) => fileURLToPath(at(name)))
    .every((folder) => isOlder(folder) && filesBelow(folder).every((name) => isOlder(join(folder, name))));
}

function filesBelow(/** @type {string} */ folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" });
}

function hasWorkingFolder() {
  try {
    return process.cwd() !== "";
  } catch {
    return false;
  }
}
