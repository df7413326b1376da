import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that has `src` and `pipelines` as they run: the repository itself, or `dist` where they are compiled. */
const CODE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Whether what runs was compiled: always in an installed package, in a clone after `npm run build`. */
export const IS_COMPILED = !existsSync(join(CODE, "package.json"));

/** The folder of the repository, or of the installed package. */
export const ROOT = IS_COMPILED ? dirname(CODE) : CODE;

/** Whether this is a clone, which has the sources, or an installed package. */
export const IS_CLONE = existsSync(join(ROOT, "src"));

/** Installed packages lie beside each other; what belongs to one alone lies in it. */
const NODE_MODULES = IS_CLONE ? join(ROOT, "node_modules") : dirname(ROOT);

/** Where what an installed package fetches is kept: ESPALIER_CACHE, else the user's cache. */
const CACHE = cacheFolder();

const PYTHON = join(ROOT, "python");
const PYTHON_LOCK = join(PYTHON, IS_CLONE ? "requirements.lock" : "requirements-run.lock");
const VIRTUAL_ENVIRONMENT = IS_CLONE ? join(ROOT, ".venv") : join(CACHE, `python-${keyOf(PYTHON_LOCK)}`);
/** Of an installed package; a clone has the runtime among its own packages. */
const ONNX_LOCK = join(CODE, "onnx-runtime", "package-lock.json");

/** What set-up makes, and the files it makes them from. All paths are absolute. */
export const LAYOUT = Object.freeze({
  nodeModules: NODE_MODULES,
  packageLock: join(ROOT, "package-lock.json"),
  nodeStamp: join(NODE_MODULES, ".espalier-stamp.json"),
  sqliteBinary: join(NODE_MODULES, "better-sqlite3", "build", "Release", "better_sqlite3.node"),
  virtualEnvironment: VIRTUAL_ENVIRONMENT,
  python: join(VIRTUAL_ENVIRONMENT, "bin", "python"),
  pythonProject: PYTHON,
  pythonLock: PYTHON_LOCK,
  pythonStamp: join(VIRTUAL_ENVIRONMENT, ".espalier-stamp.json"),
  uvLock: join(PYTHON, "uv-tool.lock"),
  tools: IS_CLONE ? join(ROOT, ".venv-tools") : join(CACHE, "tools"),
  /** The folder that has it. */
  onnxLock: dirname(ONNX_LOCK),
  onnxRuntime: IS_CLONE ? ROOT : join(CACHE, `onnx-runtime-${keyOf(ONNX_LOCK)}`),
  /** What test programs report to `npm test`. */
  results: join(ROOT, "build", "test-results"),
  models: join(ROOT, "data", "models"),
  migrations: join(ROOT, "migrations"),
  /** Built from src/studio/pages. */
  studioPages: join(ROOT, "dist", "studio"),
  pipelines: join(CODE, "pipelines"),
  templates: join(ROOT, "templates"),
  program: join(ROOT, "bin", "espalier.js"),
});

/** @returns {string} an absolute path */
function cacheFolder() {
  const { ESPALIER_CACHE: chosen, XDG_CACHE_HOME: shared } = process.env;
  if (chosen) return resolve(chosen);
  const usual = process.platform === "darwin" ? join("Library", "Caches") : ".cache";
  return join(shared || join(homedir(), usual), "espalier");
}

/**
 * What the folder of an installation is called after: another lock gets a folder of its own.
 * @param {string} lock
 */
function keyOf(lock) {
  return `${hashOf(lock).slice(0, 12)}-${process.platform}-${process.arch}`;
}

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
