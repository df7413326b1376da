import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { hashOf, LAYOUT, ROOT, readStamp } from "./layout.js";
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

/** Whether .venv holds what the lock says, and the project itself from this very folder. */
export function pythonPackagesAreCurrent() {
  const stamp = readStamp(LAYOUT.pythonStamp);
  return (
    stamp !== undefined &&
    Object.entries(pythonStamp()).every(([key, value]) => stamp[key] === value) &&
    outputOf(LAYOUT.python, ["--version"]) !== undefined
  );
}

/** What .venv is stamped with once it holds what the lock says. */
export function pythonStamp() {
  return {
    lock: hashOf(LAYOUT.pythonLock),
    project: hashOf(join(LAYOUT.pythonProject, "pyproject.toml")),
    folder: ROOT,
  };
}
