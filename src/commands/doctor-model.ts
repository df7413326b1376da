import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { cachedModel, type HubEnvironment, hubEnvironment } from "../adapters/hub/index.js";
import { nearestName } from "../config/nearest-name.js";
import { MODEL_SETS, PINNED, type ReleasedModel, releasedModel } from "../config/released-models.js";
import { ConfigError } from "../errors.js";
import type { Check } from "../machine/machine-checks.js";

/** Room on the GPU beside the weights, as a share of them: an estimate, not a measurement. */
const WORKING_SHARE = 0.25;

/**
 * What running a set of released models needs and lacks on this machine. `asked` is a set's name, or one model's: a folder, or a
 * name on the Hub. `torch` is undefined when the PyTorch worker does not answer. Throws ConfigError for another name.
 */
export function checkReleased(
  asked: string,
  torch: TorchMachine | undefined,
  environment: HubEnvironment = hubEnvironment(),
): Check[] {
  const names = MODEL_SETS[asked] ?? [asked];
  if (MODEL_SETS[asked] === undefined) refuseUnknown(asked);
  const absent = names.filter((name) => !isHere(name, environment));
  const known = names.map(releasedModel).filter((model) => model !== undefined);
  return [
    ...names.map((name) => checkWeights(name, absent.includes(name), environment)),
    ...(known.length > 0
      ? [
          checkDisk(
            known.filter(({ name }) => absent.includes(name)),
            environment.cache,
          ),
        ]
      : []),
    ...(known.length > 0 ? [checkGpu(known, torch)] : [unmeasured()]),
  ];
}

function refuseUnknown(asked: string): void {
  if (existsSync(asked) || asked.includes("/")) return;
  const sets = Object.keys(MODEL_SETS);
  throw new ConfigError(
    `Expected --model to be one of ${sets.join(", ")}, a folder, or a model of the Hub as OWNER/NAME, got "${asked}"; ` +
      `did you mean "${nearestName(asked, sets)}"?`,
  );
}

function isHere(name: string, environment: HubEnvironment): boolean {
  const part = releasedModel(name)?.part ?? "model";
  return cachedModel(name, environment, { pins: PINNED, part }) !== undefined;
}

function checkWeights(name: string, absent: boolean, { offline, cache, token }: HubEnvironment): Check {
  const model = releasedModel(name);
  const what = model
    ? `${model.purpose}, ${size(model.gigabytes)}, licence ${model.license}`
    : "of a size that is not known";
  if (!absent) return { name, state: "ok", found: `here (${what})`, cure: "" };
  const gated =
    model === undefined && token === undefined ? " If it is gated, set HF_TOKEN to a token of yours." : "";
  const cure = offline
    ? `Unset HF_HUB_OFFLINE, or bring it into ${cache} from a machine that has it.`
    : `The first run fetches it; or: hf download ${commandOf(name)}.${gated}`;
  return { name, state: "missing", found: `not in the cache (${what})`, cure };
}

/** Only the models that are listed have known sizes. */
function unmeasured(): Check {
  const found = "not known for a model that is not listed (docs/models.md)";
  return {
    name: "disk and GPU memory",
    state: "warning",
    found,
    cure: "Its page on the Hub says how large its files are.",
  };
}

/** Arguments of the Hub's own tool that bring the same files. */
function commandOf(name: string): string {
  const [bare = ""] = name.split("@");
  const [owner, repository, ...folder] = bare.split("/");
  const { revision, part } = releasedModel(name) ?? {};
  return [
    `${owner}/${repository}`,
    ...(folder.length > 0 ? [`--include "${folder.join("/")}/*"`] : []),
    ...(part === "tokenizer" ? [`--include "*.json" "*.txt"`] : []),
    ...(revision ? [`--revision ${revision}`] : []),
  ].join(" ");
}

function checkDisk(absent: readonly ReleasedModel[], cache: string): Check {
  const needed = absent.reduce((sum, { gigabytes }) => sum + gigabytes, 0);
  let folder = cache;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 1e9;
  const found = `${size(needed)} to fetch into ${cache}, ${free.toFixed(0)} GB free`;
  if (needed <= free) return { name: "disk for weights", state: "ok", found, cure: "" };
  const cure = "Make room, or name another folder in the variable HF_HUB_CACHE.";
  return { name: "disk for weights", state: "missing", found, cure };
}

function checkGpu(models: readonly ReleasedModel[], machine: TorchMachine | undefined): Check {
  const name = "GPU memory";
  const weights = models.reduce((sum, { memory }) => sum + memory, 0);
  const needed = weights * (1 + WORKING_SHARE);
  const need = `${size(weights)} of weights, about ${size(needed)} with what is in work`;
  if (machine === undefined) {
    const found = `${need}; the PyTorch worker does not answer`;
    return { name, state: "missing", found, cure: "Cure the PyTorch worker first, as said above." };
  }
  const { torch, cuda, cuda_memory_mb } = machine;
  const most = Math.max(0, ...cuda_memory_mb) / 1000;
  if (cuda.length === 0) {
    const build = /\+cu/.test(torch)
      ? "See that the NVIDIA driver is installed (nvidia-smi) and new enough for this torch."
      : "This torch knows no CUDA: install one that does (https://pytorch.org/get-started/locally).";
    const cure = `Use a machine with an NVIDIA GPU. ${build} On a CPU it runs too, but hours where a GPU takes minutes.`;
    return { name, state: "missing", found: `${need}; torch ${torch} finds no GPU`, cure };
  }
  const found = `${need}; ${cuda.join(", ")} with ${size(most)}`;
  if (most >= needed) return { name, state: "ok", found, cure: "" };
  const cure = "Use a GPU with more memory, a smaller judge, or fewer slots.";
  return { name, state: most >= weights ? "warning" : "missing", found, cure };
}

function size(gigabytes: number): string {
  if (gigabytes === 0) return "0 GB";
  return gigabytes < 0.1 ? `${Math.max(1, Math.round(gigabytes * 1000))} MB` : `${gigabytes.toFixed(1)} GB`;
}

/** What the PyTorch worker says of this machine. */
export interface TorchMachine {
  readonly torch: string;
  readonly threads: number;
  /** GPUs by name, and their memory. */
  readonly cuda: readonly string[];
  readonly cuda_memory_mb: readonly number[];
}
