import { join } from "node:path";
import { LAYOUT } from "../../src/machine/layout.js";
import { outputOf } from "../../src/machine/output-of.js";
import { runCommand, SetupError } from "./run-command.js";

/**
 * A uv that works: the one on the PATH, else one of our own in .venv-tools, installed with pip.
 * @param {string} python a Python interpreter
 * @returns {Promise<string>} the command
 */
export async function findUv(python) {
  const own = join(LAYOUT.tools, "bin", "uv");
  for (const command of ["uv", own]) {
    if (outputOf(command, ["--version"])?.startsWith("uv ")) return command;
  }
  console.log("  uv: none found, installing it into .venv-tools");
  await installUv(python);
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
 */
async function installUv(python) {
  const requirements = ["--require-hashes", "--requirement", LAYOUT.uvLock];
  const made = await runCommand(python, ["-m", "venv", "--clear", LAYOUT.tools]);
  if (made === 0) {
    const pip = join(LAYOUT.tools, "bin", "python");
    if ((await runCommand(pip, ["-m", "pip", "install", "--quiet", ...requirements])) === 0) return;
  }
  await runCommand(python, [
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
