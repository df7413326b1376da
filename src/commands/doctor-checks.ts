import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { freezeConfig } from "../config/freeze-config.js";
import { nodePackagesAreCurrent, pythonPackagesAreCurrent } from "../machine/installed-packages.js";
import { hashOf, LAYOUT } from "../machine/layout.js";
import { type Check, checkMachine } from "../machine/machine-checks.js";
import { outputOf } from "../machine/output-of.js";
import { checkReleased, type TorchMachine } from "./doctor-model.js";

const SET_UP = "Run node scripts/setup.js.";

/** Everything a run needs, in the order it is needed, and what a set of released models needs beside it. Changes nothing. */
export function checkEverything(workspace: string, model: string | null = null): Check[] {
  const torch = probeTorch();
  return [
    ...checkMachine(),
    checkInstalled("Node packages", nodePackagesAreCurrent()),
    checkInstalled("Python packages", pythonPackagesAreCurrent()),
    checkWorker(torch),
    ...checkModels(LAYOUT.models),
    ...(model === null ? [] : checkReleased(model, torch)),
    checkWorkspace(workspace),
  ];
}

function checkInstalled(name: string, current: boolean): Check {
  return current
    ? ok(name, "as locked")
    : missing(name, "not installed, or older than the lock file", SET_UP);
}

/** Starts the Python worker and lets it report itself; undefined when it does not answer. */
function probeTorch(): TorchMachine | undefined {
  const lines = outputOf(LAYOUT.python, ["-m", "espalier_torch.worker"], '{"request": "probe"}\n');
  const answer = lines?.split("\n").find((line) => line.includes('"probe-end"'));
  return answer === undefined ? undefined : (JSON.parse(answer) as TorchMachine);
}

function checkWorker(machine: TorchMachine | undefined): Check {
  if (machine === undefined) {
    const cure = `${SET_UP} If it persists, this shows why: .venv/bin/python -c "import espalier_torch.worker".`;
    return missing("PyTorch worker", "does not answer", cure);
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
  const cure = "Get the files again (git checkout -- data/models), or rebuild them as the model card says.";
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
