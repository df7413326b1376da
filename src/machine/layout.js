import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What set-up makes, and the files it makes them from. All paths are absolute. */
export const LAYOUT = Object.freeze({
  nodeModules: join(ROOT, "node_modules"),
  packageLock: join(ROOT, "package-lock.json"),
  nodeStamp: join(ROOT, "node_modules", ".espalier-stamp.json"),
  sqliteBinary: join(ROOT, "node_modules", "better-sqlite3", "build", "Release", "better_sqlite3.node"),
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
