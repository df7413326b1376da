// node scripts/setup.js
// Makes a fresh clone ready to run: checks the machine, installs the Node and the Python packages.
// Does nothing when nothing has changed. Plain Node, because it runs before any package is there.
import { pathToFileURL } from "node:url";
import { checkMachine } from "../src/machine/machine-checks.js";
import { installPythonPackages } from "../src/machine/python-packages.js";
import { SetupError } from "../src/machine/setup-error.js";
import { buildStudio } from "./build/studio.js";
import { installNodePackages } from "./setup/node-packages.js";
import { TERMINAL } from "./setup/run-command.js";

/** Sets the project up and says what it does. Throws SetupError with the cure when something is missing. */
export async function setUp() {
  console.log("Setting up");
  const checks = checkMachine();
  for (const { name, state, found, cure } of checks) {
    console.log(`  ${name}: ${found}${state === "ok" ? "" : ` (${state})\n    ${cure}`}`);
  }
  const missing = checks.filter(({ state }) => state === "missing");
  if (missing.length > 0) {
    throw new SetupError(
      `Missing on this machine: ${missing.map(({ name }) => name).join(", ")}. See the cures above.`,
    );
  }
  await installNodePackages();
  if ((await buildStudio()) !== 0) throw new SetupError("The studio's pages could not be built: see above.");
  await installPythonPackages(TERMINAL);
}

/**
 * Sets the project up; on a failure prints it and returns false.
 * @returns {Promise<boolean>}
 */
export async function setUpOrExplain() {
  try {
    await setUp();
    return true;
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    return false;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = (await setUpOrExplain()) ? 0 : 1;
}
