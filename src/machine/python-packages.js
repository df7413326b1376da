import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPython, OLDEST_PYTHON } from "./find-python.js";
import { findUv } from "./find-uv.js";
import { pythonPackagesAreCurrent, pythonStamp } from "./installed-packages.js";
import { IS_CLONE, LAYOUT } from "./layout.js";
import { outputOf } from "./output-of.js";
import { SetupError } from "./setup-error.js";

/**
 * Which build of PyTorch: for a GPU of NVIDIA's, or for the CPU alone. Where the package index has one for all, as for
 * macOS, it is taken either way.
 * @typedef {"cpu" | "cuda"} Torch
 */

/** Measured on Linux x64. */
const SIZES = {
  cpu: "about 0.5 GB to fetch, 2 GB on disk",
  cuda: "about 3 GB to fetch, 6 GB on disk",
};

/**
 * Makes the Python environment that the lock describes, where it is not there yet. In a clone it is .venv and holds
 * espalier_torch as it is edited; an installed package has it in the user's cache, and its own espalier_torch beside.
 * Throws SetupError.
 * @param {import("./find-uv.js").Means} means
 * @param {Torch | null} [torch] what the machine has, unless given; a clone takes what is locked
 */
export async function installPythonPackages(means, torch = null) {
  if (pythonPackagesAreCurrent(torch)) return means.say("Python packages: up to date");
  const python = basePython();
  const build = IS_CLONE ? null : (torch ?? torchOf());
  means.say(`Python packages (${SIZES[build ?? "cuda"]}): ${LAYOUT.virtualEnvironment}`);
  const uv = await findUv(python, means);
  rmSync(LAYOUT.pythonStamp, { force: true });
  if (outputOf(LAYOUT.python, ["--version"]) === undefined)
    await step(means, "a new environment", uv, [
      ...["venv", "--clear", "--no-python-downloads", "--python", python],
      LAYOUT.virtualEnvironment,
    ]);
  const taken = await installLocked(means, uv, { build, isChosen: torch !== null });
  if (IS_CLONE) {
    const words = ["--no-deps", "--no-build-isolation", "-e", LAYOUT.pythonProject];
    await step(means, "espalier_torch", uv, [...INTO, ...words]);
  }
  writeFileSync(LAYOUT.pythonStamp, JSON.stringify(pythonStamp(taken)));
}

const INTO = ["pip", "install", "--python", LAYOUT.python];

/**
 * Resolves to the build that is there now: where nobody chose, and the CPU's cannot be fetched, it is the index's own.
 * @param {import("./find-uv.js").Means} means
 * @param {string} uv
 * @param {{ build: Torch | null, isChosen: boolean }} wanted
 * @returns {Promise<Torch | null>}
 */
async function installLocked(means, uv, { build, isChosen }) {
  const locked = [...INTO, "--require-hashes", "-r", LAYOUT.pythonLock];
  if (build !== "cpu" || process.platform !== "linux") {
    await step(means, "packages", uv, locked);
    return build;
  }
  const file = join(LAYOUT.virtualEnvironment, "requirements-cpu.txt");
  writeFileSync(file, forCpu(readFileSync(LAYOUT.pythonLock, "utf8")));
  try {
    await step(means, "packages, PyTorch for the CPU", uv, [...INTO, "--torch-backend", "cpu", "-r", file]);
    return "cpu";
  } catch (fault) {
    if (isChosen) throw fault;
    means.say(`PyTorch for the CPU cannot be had here; taking the one of the index (${SIZES.cuda}).`);
    await step(means, "packages", uv, locked);
    return "cuda";
  }
}

/**
 * A lock without what only a GPU needs; PyTorch without its hashes, as its builds for the CPU come from an index of
 * their own.
 * @param {string} lock
 */
export function forCpu(lock) {
  const blocks = lock.split(/\n(?=[a-z])/);
  return blocks
    .filter((block) => !/^(nvidia-|cuda-|triton==)/.test(block))
    .map((block) => (block.startsWith("torch==") ? block.split("\n")[0]?.replace(/ \\$/, "") : block))
    .join("\n");
}

/** @returns {Torch} */
function torchOf() {
  return outputOf("nvidia-smi", ["-L"])?.includes("GPU") ? "cuda" : "cpu";
}

/** Never the user's own environment: ESPALIER_PYTHON is used as it is. */
function basePython() {
  const python = findPython().found?.command;
  if (python) return python;
  throw new SetupError(
    `Expected Python ${OLDEST_PYTHON.join(".")} or newer on this machine, found none. Install it (Debian and Ubuntu: apt-get ` +
      "install python3 python3-pip; macOS: brew install python), then run the command again.",
  );
}

/**
 * @param {import("./find-uv.js").Means} means
 * @param {string} what
 * @param {string} uv
 * @param {readonly string[]} parameters
 */
async function step({ run, say }, what, uv, parameters) {
  say(`Python: ${what}`);
  const code = await run(uv, parameters);
  if (code === 0) return;
  throw new SetupError(
    `uv ${parameters.slice(0, 2).join(" ")} failed (exit code ${code}); its own message is above. Check the connection ` +
      "to the Python package index and the free disk space, then run the command again: it goes on where it stopped." +
      (parameters.includes("--torch-backend")
        ? " PyTorch for the CPU comes from an index of its own, download.pytorch.org: --torch cuda takes the usual one."
        : ""),
  );
}
