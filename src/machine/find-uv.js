import { join } from "node:path";
import { LAYOUT } from "./layout.js";
import { outputOf } from "./output-of.js";
import { SetupError } from "./setup-error.js";

/**
 * How set-up works: `run` runs a program, what it prints going to the user, and resolves to its exit code; `say` tells
 * the user a line.
 * @typedef {object} Means
 * @property {(command: string, words: readonly string[]) => Promise<number>} run
 * @property {(line: string) => void} say
 */

/**
 * A uv that works: the one on the PATH, else one of our own, installed with pip.
 * @param {string} python a Python interpreter
 * @param {Means} means
 * @returns {Promise<string>} the command
 */
export async function findUv(python, means) {
  const own = join(LAYOUT.tools, "bin", "uv");
  for (const command of ["uv", own]) {
    if (outputOf(command, ["--version"])?.startsWith("uv ")) return command;
  }
  means.say(`uv: none found, installing it into ${LAYOUT.tools}`);
  await installUv(python, means);
  if (outputOf(own, ["--version"])?.startsWith("uv ")) return own;
  throw new SetupError(
    "Could not install uv, which installs the Python packages. Either install pip or venv " +
      "(Debian and Ubuntu: apt-get install python3-pip python3-venv), or install uv itself " +
      "(https://docs.astral.sh/uv), then run the command again.",
  );
}

/**
 * First in a virtual environment; where Python lacks ensurepip (Debian without python3-venv), with pip into a
 * plain folder, which an externally managed Python allows too.
 * @param {string} python
 * @param {Means} means
 */
async function installUv(python, { run }) {
  const requirements = ["--require-hashes", "--requirement", LAYOUT.uvLock];
  const made = await run(python, ["-m", "venv", "--clear", LAYOUT.tools]);
  if (made === 0) {
    const pip = join(LAYOUT.tools, "bin", "python");
    if ((await run(pip, ["-m", "pip", "install", "--quiet", ...requirements])) === 0) return;
  }
  await run(python, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--upgrade",
    "--target",
    LAYOUT.tools,
    ...requirements,
  ]);
}
