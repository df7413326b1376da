import { outputOf } from "./output-of.js";

export const OLDEST_PYTHON = [3, 10];

/** Names that a Python may go by, the user's own choice first. */
const NAMES = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/**
 * @typedef {object} Python
 * @property {string} command path of the interpreter
 * @property {string} version e.g. "3.11.7"
 */

/**
 * The first Python that is new enough, and every other one that was seen on the way.
 * @returns {{ found?: Python, tooOld: Python[] }}
 */
export function findPython() {
  const chosen = process.env["ESPALIER_PYTHON"];
  /** @type {Python[]} */
  const tooOld = [];
  for (const name of chosen ? [chosen] : NAMES) {
    const answer = outputOf(name, [
      "-c",
      "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])",
    ]);
    const [command, version] = answer?.split("\n") ?? [];
    if (!command || !version) continue;
    if (isNewEnough(version, OLDEST_PYTHON)) return { found: { command, version }, tooOld };
    tooOld.push({ command, version });
  }
  return { tooOld };
}

/**
 * @param {string} version "3.11.7"
 * @param {readonly number[]} oldest [3, 10]
 */
export function isNewEnough(version, oldest) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
