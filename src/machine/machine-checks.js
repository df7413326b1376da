import { existsSync, statfsSync } from "node:fs";
import { homedir } from "node:os";
import { BROWSER_CURE, findBrowser } from "./find-browser.js";
import { findPython, isNewEnough, OLDEST_PYTHON } from "./find-python.js";
import { nodePackagesAreCurrent, pythonPackagesAreCurrent } from "./installed-packages.js";
import { IS_CLONE, LAYOUT, ROOT } from "./layout.js";
import { outputOf } from "./output-of.js";

/**
 * @typedef {object} Check
 * @property {string} name what was looked at
 * @property {"ok" | "warning" | "missing"} state a missing thing stops the work, a warning does not
 * @property {string} found what is there, in a few words
 * @property {string} cure what to do about it; empty when all is well
 */

const OLDEST_NODE = [20, 11];
/** With the ledger's library of today. */
const FIRST_UNFIT_NODE = [24, 0];
/** Room that the Python packages, PyTorch above all, take when they are first installed. */
const PYTHON_PACKAGES_GIGABYTES = 8;
/** Room for a workspace and the reports. */
const WORKSPACE_GIGABYTES = 1;

/**
 * Whether this machine can install and run the project. Changes nothing; `espalier doctor` prints the same list.
 * @returns {Check[]}
 */
export function checkMachine() {
  const machine = [checkPlatform(), checkNode(), checkPython()];
  // What an installed package has been built with, and what only tests need, is no matter any more.
  return IS_CLONE ? [...machine, checkCompiler(), checkBrowser(), checkDisk()] : [...machine, checkDisk()];
}

/** @returns {Check} */
function checkPlatform() {
  const found = `${process.platform} ${process.arch}`;
  if (process.platform !== "win32") return ok("system", found);
  return missing("system", found, "Run it inside the Windows Subsystem for Linux (wsl --install).");
}

/** @returns {Check} */
function checkNode() {
  const found = process.versions.node;
  if (isNewEnough(found, FIRST_UNFIT_NODE)) {
    const cure = "better-sqlite3 12 makes Node 24.19 and later abort in the middle of a run: use Node 22.";
    return { name: "Node", state: "warning", found, cure };
  }
  if (isNewEnough(found, OLDEST_NODE)) return ok("Node", found);
  return missing("Node", found, "Install Node 22 from https://nodejs.org or with your package manager.");
}

/** @returns {Check} */
function checkPython() {
  const { found, tooOld } = findPython();
  if (found) return ok("Python", `${found.version} (${found.command})`);
  const seen = tooOld.map(({ command, version }) => `${version} (${command})`).join(", ");
  return missing(
    "Python",
    seen || "none",
    `Install Python ${OLDEST_PYTHON.join(".")} or newer (Debian and Ubuntu: apt-get install python3 python3-pip; ` +
      "macOS: brew install python), or name one in the variable ESPALIER_PYTHON.",
  );
}

/**
 * better-sqlite3 comes as a binary for the usual systems and is compiled where none fits.
 * @returns {Check}
 */
function checkCompiler() {
  if (existsSync(LAYOUT.sqliteBinary)) return ok("C++ compiler", "not needed, SQLite is built");
  const compiler = ["c++", "g++", "clang++"].find((name) => outputOf(name, ["--version"]) !== undefined);
  const make = ["make", "gmake"].find((name) => outputOf(name, ["--version"]) !== undefined);
  if (compiler && make) return ok("C++ compiler", `${compiler} and ${make}`);
  return {
    name: "C++ compiler",
    state: "warning",
    found: "none",
    cure:
      "Needed only if no ready-made SQLite fits this system: apt-get install build-essential python3 " +
      "(Debian and Ubuntu) or xcode-select --install (macOS).",
  };
}

/** @returns {Check} */
function checkBrowser() {
  const found = findBrowser();
  return found
    ? ok("browser", found)
    : { name: "browser", state: "warning", found: "none", cure: BROWSER_CURE };
}

/** @returns {Check} */
function checkDisk() {
  const installed = pythonPackagesAreCurrent() && (!IS_CLONE || nodePackagesAreCurrent());
  const needed = installed ? WORKSPACE_GIGABYTES : PYTHON_PACKAGES_GIGABYTES;
  const place = IS_CLONE ? ROOT : homedir();
  const { bavail, bsize } = statfsSync(place);
  const free = (bavail * bsize) / 1e9;
  const found = `${free.toFixed(1)} GB free`;
  if (free >= needed) return ok("disk", found);
  return missing(
    "disk",
    found,
    `Free ${needed} GB on the disk of ${place}` +
      (IS_CLONE ? ", or move the project to a larger disk." : ", or name another in ESPALIER_CACHE."),
  );
}

/**
 * @param {string} name
 * @param {string} found
 * @returns {Check}
 */
function ok(name, found) {
  return { name, state: "ok", found, cure: "" };
}

/**
 * @param {string} name
 * @param {string} found
 * @param {string} cure
 * @returns {Check}
 */
function missing(name, found, cure) {
  return { name, state: "missing", found, cure };
}
