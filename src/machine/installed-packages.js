import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { hashOf, IS_CLONE, LAYOUT, ROOT, readStamp } from "./layout.js";
import { outputOf } from "./output-of.js";

/** npm writes this last, so it is missing after an installation that was cut short. */
const HIDDEN_LOCK = join(LAYOUT.nodeModules, ".package-lock.json");

/** Whether node_modules is what package-lock.json says, built for this Node. */
export function nodePackagesAreCurrent() {
  if (!existsSync(HIDDEN_LOCK) || !existsSync(LAYOUT.sqliteBinary)) return false;
  const stamp = readStamp(LAYOUT.nodeStamp);
  if (stamp && stamp["nodeModulesVersion"] !== process.versions.modules) return false;
  return (
    stamp?.["packageLock"] === hashOf(LAYOUT.packageLock) ||
    statSync(HIDDEN_LOCK).mtimeMs >= statSync(LAYOUT.packageLock).mtimeMs
  );
}

/**
 * Whether the Python environment holds what the lock says; of a clone also the project itself from this very folder.
 * @param {string | null} [torch] the build of PyTorch that it must hold, where it matters
 */
export function pythonPackagesAreCurrent(torch = null) {
  const stamp = readStamp(LAYOUT.pythonStamp);
  return (
    stamp !== undefined &&
    Object.entries(pythonStamp(torch)).every(([key, value]) => stamp[key] === value) &&
    outputOf(LAYOUT.python, ["--version"]) !== undefined
  );
}

/**
 * What the environment is stamped with once it holds what the lock says.
 * @param {string | null} torch
 */
export function pythonStamp(torch) {
  const lock = hashOf(LAYOUT.pythonLock);
  if (!IS_CLONE) return torch === null ? { lock } : { lock, torch };
  return { lock, project: hashOf(join(LAYOUT.pythonProject, "pyproject.toml")), folder: ROOT };
}
