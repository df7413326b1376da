import { rmSync, writeFileSync } from "node:fs";
import { findPython } from "../../src/machine/find-python.js";
import { pythonPackagesAreCurrent, pythonStamp } from "../../src/machine/installed-packages.js";
import { LAYOUT } from "../../src/machine/layout.js";
import { outputOf } from "../../src/machine/output-of.js";
import { findUv } from "./find-uv.js";
import { runCommand, SetupError } from "./run-command.js";

/** Installs the Python packages of python/requirements.lock into .venv when the lock or the folder has changed. */
export async function installPythonPackages() {
  if (pythonPackagesAreCurrent()) {
    console.log("  Python packages: up to date");
    return;
  }
  const python = findPython().found?.command;
  if (!python) throw new SetupError("No Python was found after the checks; run the command again.");
  const uv = await findUv(python);
  rmSync(LAYOUT.pythonStamp, { force: true });
  if (outputOf(LAYOUT.python, ["--version"]) === undefined) {
    await step("a new .venv", uv, [
      "venv",
      "--clear",
      "--no-python-downloads",
      "--python",
      python,
      LAYOUT.virtualEnvironment,
    ]);
  }
  const into = ["pip", "install", "--python", LAYOUT.python];
  await step("packages (the first time, several GB)", uv, [
    ...into,
    "--require-hashes",
    "-r",
    LAYOUT.pythonLock,
  ]);
  await step("espalier_torch", uv, [
    ...into,
    "--no-deps",
    "--no-build-isolation",
    "-e",
    LAYOUT.pythonProject,
  ]);
  writeFileSync(LAYOUT.pythonStamp, JSON.stringify(pythonStamp()));
}

/**
 * @param {string} what
 * @param {string} uv
 * @param {readonly string[]} parameters
 */
async function step(what, uv, parameters) {
  console.log(`  Python: ${what}`);
  const code = await runCommand(uv, parameters);
  if (code === 0) return;
  throw new SetupError(
    `uv ${parameters.slice(0, 2).join(" ")} failed (exit code ${code}); its own message is above. Check the connection ` +
      "to the Python package index and the free disk space, then run the command again: it goes on where it stopped.",
  );
}
