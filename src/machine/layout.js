import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that has `src` and `pipelines`: the repository's own, or `dist` of an installed package. */
const CODE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Whether this is a clone, whose sources run as they are, or an installed package, which has them compiled. */
export const IS_CLONE = existsSync(join(CODE, "package.json"));

/** The folder of the repository, or of the installed package. */
export const ROOT = IS_CLONE ? CODE : dirname(CODE);

/** Installed packages lie beside each other; what belongs to one alone lies in it. */
const NODE_MODULES = IS_CLONE ? join(ROOT, "node_modules") : dirname(ROOT);

/** What set-up makes, and the files it makes them from. All paths are absolute. */
export const LAYOUT = Object.freeze({
  nodeModules: NODE_MODULES,
  packageLock: join(ROOT, "package-lock.json"),
  nodeStamp: join(NODE_MODULES, ".espalier-stamp.json"),
  sqliteBinary: join(NODE_MODULES, "better-sqlite3", "build", "Release", "better_sqlite3.node"),
  virtualEnvironment: join(ROOT, ".venv"),
  python: join(ROOT, ".venv", "bin", "python"),
  pythonProject: join(ROOT, "python"),
  pythonLock: join(ROOT, "python", "requirements.lock"),
  pythonStamp: join(ROOT, ".venv", ".espalier-stamp.json"),
  uvLock: join(ROOT, "python", "uv-tool.lock"),
  tools: join(ROOT, ".venv-tools"),
  /** What test programs report to `npm test`. */
  results: join(ROOT, "build", "test-results"),
  models: join(ROOT, "data", "models"),
  migrations: join(ROOT, "migrations"),
  pipelines: join(CODE, "pipelines"),
  program: join(ROOT, "bin", "espalier.js"),
});

/**
 * sha256 of a file's bytes, in hex.
 * @param {string} file
 */
export function hashOf(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/**
 * A stamp written when an installation ended well; undefined when there is none or it cannot be read.
 * @param {string} file
 * @returns {Record<string, string> | undefined}
 */
export function readStamp(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
