import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPython } from "../../src/machine/find-python.js";
import { findUv } from "../../src/machine/find-uv.js";
import { hashOf, LAYOUT, readStamp } from "../../src/machine/layout.js";
import { runCommand, TERMINAL } from "./run-command.js";

const LOCK = join(LAYOUT.pythonProject, "requirements-ray.lock");
const STAMP = join(LAYOUT.virtualEnvironment, ".espalier-ray-stamp.json");
const PROGRAM = join(LAYOUT.virtualEnvironment, "bin", "ray");

/** What to do where there is no Ray. */
export const RAY_CURE =
  "run node scripts/setup.js, then the command again, which installs Ray; or name a cluster that runs already in the " +
  "variable ESPALIER_RAY_ADDRESS.";

/**
 * Installs Ray, which only runs on a cluster need, into .venv. Where that fails, says what is left out without it: only
 * the test on a real cluster needs it.
 */
export async function installRay() {
  if (existsSync(PROGRAM) && readStamp(STAMP)?.["lock"] === hashOf(LOCK))
    return console.log("  Ray: up to date");
  console.log("  Ray: installing it into .venv");
  const python = findPython().found?.command ?? LAYOUT.python;
  const words = ["pip", "install", "--quiet", "--python", LAYOUT.python, "--require-hashes", "-r", LOCK];
  const code = await runCommand(await findUv(python, TERMINAL), words);
  if (code === 0) writeFileSync(STAMP, JSON.stringify({ lock: hashOf(LOCK) }));
  else
    console.log(
      `  Ray: not installed (exit code ${code})\n    The test on a real cluster is skipped without it.`,
    );
}
