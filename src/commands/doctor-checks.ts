import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { probePython } from "../adapters/python/index.js";
import { freezeConfig } from "../config/freeze-config.js";
import { nodePackagesAreCurrent, pythonPackagesAreCurrent } from "../machine/installed-packages.js";
import { hashOf, IS_CLONE, LAYOUT } from "../machine/layout.js";
import { type Check, checkMachine } from "../machine/machine-checks.js";
import { findOnnxRuntime } from "../machine/onnx-runtime.js";
import { checkReleased, type TorchMachine } from "./doctor-model.js";

const SET_UP = IS_CLONE ? "Run node scripts/setup.js." : "Run npx espalier setup.";

/** Everything a run needs, in the order it is needed, and what a set of released models needs beside it. Changes nothing. */
export async function checkEverything(workspace: string, model: string | null = null): Promise<Check[]> {
  const torch = await askWorker();
  return [
    ...checkMachine(),
    ...(IS_CLONE ? [checkInstalled("Node packages", nodePackagesAreCurrent())] : [checkOnnx()]),
    ...(isOwnPython() ? [checkInstalled("Python packages", pythonPackagesAreCurrent())] : []),
    checkWorker(torch),
    ...checkModels(LAYOUT.models),
    ...(model === null ? [] : checkReleased(model, typeof torch === "string" ? undefined : torch)),
    checkWorkspace(workspace),
  ];
}

/** An installed package fetches what is missing when it is first needed: until then that is no fault. */
function checkInstalled(name: string, current: boolean): Check {
  if (current) return ok(name, "as locked");
  if (IS_CLONE) return missing(name, "not installed, or older than the lock file", SET_UP);
  return later(name);
}

function checkOnnx(): Check {
  const found = findOnnxRuntime();
  return found === undefined ? later("ONNX runtime") : ok("ONNX runtime", fileURLToPath(found));
}

function later(name: string): Check {
  return {
    name,
    state: "warning",
    found: "not fetched yet",
    cure: `Fetched when it is first needed. Now: ${SET_UP}`,
  };
}

function isOwnPython(): boolean {
  return !process.env["ESPALIER_PYTHON"];
}

/** Starts the Python worker and lets it report itself; why not, in words, where it does not. */
async function askWorker(): Promise<TorchMachine | string> {
  try {
    return await probePython();
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

function checkWorker(machine: TorchMachine | string): Check {
  if (typeof machine === "string") {
    if (!IS_CLONE && isOwnPython() && !pythonPackagesAreCurrent()) return later("PyTorch worker");
    const cure = isOwnPython() ? SET_UP : "Install espalier-torch there, or unset ESPALIER_PYTHON.";
    return missing("PyTorch worker", "does not answer", `${cure} It said: ${machine}`);
  }
  const { torch, threads, cuda } = machine;
  const devices = cuda.length > 0 ? cuda.join(", ") : `CPU, ${threads} threads`;
  return ok("PyTorch worker", `torch ${torch}, ${devices}`);
}

/** Every model in `folder`, and those that a pipeline takes unless it says otherwise. */
export function checkModels(folder: string): Check[] {
  const { base, tokenizer, judge } = freezeConfig({ name: "defaults" }).models;
  const present = existsSync(folder) ? readdirSync(folder) : [];
  const needed = [tokenizer, base, judge].filter((name) => name !== null);
  const names = [...new Set([...needed, ...present])];
  return names
    .filter((name) => !present.includes(name) || statSync(join(folder, name)).isDirectory())
    .map((name) => checkModel(name, join(folder, name)));
}

function checkModel(name: string, folder: string): Check {
  const label = `model ${name}`;
  const cure = IS_CLONE
    ? "Get the files again (git checkout -- data/models), or rebuild them as the model card says."
    : "Install the package again.";
  const record = join(folder, "checkpoint.json");
  if (!existsSync(record)) return missing(label, `no ${record}`, cure);
  const { files, identity } = JSON.parse(readFileSync(record, "utf8")) as {
    files: Record<string, string>;
    identity: string;
  };
  const wrong = Object.keys(files).filter((file) => {
    const path = join(folder, file);
    return !existsSync(path) || hashOf(path) !== files[file];
  });
  if (wrong.length === 0) return ok(label, `${identity.slice(0, 12)}, ${Object.keys(files).length} files`);
  return missing(label, `missing or damaged: ${wrong.join(", ")}`, cure);
}

/** Whether the workspace, or the nearest folder above it that exists, can be written. */
export function checkWorkspace(workspace: string): Check {
  let folder = resolve(workspace);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    if (!statSync(folder).isDirectory()) throw new Error("not a folder");
    accessSync(folder, constants.W_OK | constants.X_OK);
    const there = folder === resolve(workspace);
    return ok("workspace", there ? `${folder} is writable` : `will be made in ${folder}`);
  } catch {
    const cure = "Name another folder with --workspace, or make this one writable.";
    return missing("workspace", `${folder} is not a folder that can be written`, cure);
  }
}

function ok(name: string, found: string): Check {
  return { name, state: "ok", found, cure: "" };
}

function missing(name: string, found: string, cure: string): Check {
  return { name, state: "missing", found, cure };
}
