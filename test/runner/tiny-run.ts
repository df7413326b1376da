import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrainRequest } from "../../src/adapters/python/index.js";
import { openStore, type Store } from "../../src/adapters/store/index.js";
import { freezeConfig, type PipelineInput, type RunConfig } from "../../src/config/freeze-config.js";
import { tokensOf } from "../../src/decoding/grid-complaint.js";
import { BUNDLED_FAMILY } from "../../src/families/bundled-family.js";
import type { Family } from "../../src/families/family.js";
import { workspacePaths } from "../../src/paths.js";
import type { RunOptions } from "../../src/runner/run/run-options.js";
import { temporaryFolder } from "../temporary-folders.js";

/** Random-weight models of the right shapes: everything but the numbers is as in a real run. */
export const MODELS = join(import.meta.dirname, "../fixtures/onnx");

const TRAIN = [
  "a red star",
  "a ring",
  "two hearts",
  "a circle and a square",
  "a blue cross",
  "a star above a ring",
];
const HELD_OUT = [
  ...["a star", "a heart", "three rings", "four stars", "a green ring", "a pink heart"],
  ...["a ring and a heart", "a star and a cross"],
];

/** A folder with prompt files; the workspace is made in it. Removed after the test file. */
export function tinyFolder(): string {
  const folder = temporaryFolder("espalier-run-");
  writeFileSync(join(folder, "train.txt"), `${TRAIN.join("\n")}\n`);
  writeFileSync(join(folder, "held-out.txt"), `${HELD_OUT.join("\n")}\n`);
  return folder;
}

/** Two rounds over a handful of images. */
export function tinyConfig(folder: string, more: Partial<PipelineInput> = {}): RunConfig {
  return freezeConfig({
    name: "tiny",
    models: { base: "generator", tokenizer: "tokenizer", judge: "judge" },
    sampler: { steps: 3, slots: 8 },
    prompts: {
      train: { file: join(folder, "train.txt") },
      heldOut: { file: join(folder, "held-out.txt"), validationShare: 0.5 },
    },
    round: {
      prompts: 4,
      candidates: { perPrompt: 3 },
      labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
      mining: { policy: "random-yes-no", pairsPerPrompt: 2 },
      training: { steps: 2, batchPairs: 2 },
    },
    rounds: 2,
    gate: { images: { perPrompt: 1 } },
    evaluation: {
      images: { perPrompt: 2 },
      rows: [
        { verifier: { kind: "none" } },
        { verifier: { kind: "orm", n: 3 }, checkpoints: "first-and-last" },
      ],
      resamples: 100,
    },
    shardImages: 6,
    ...more,
  });
}

/** The bundled family with a trainer that only relabels the weights, and judges that answer from hashes of tokens. */
export function tinyFamily(more: Partial<Family> = {}): Family {
  return {
    ...BUNDLED_FAMILY,
    openJudge: async () => hashJudge(),
    train: async (request) => relabelled(request),
    ...more,
  };
}

export function tinyOptions(folder: string, more: Partial<RunOptions> = {}): RunOptions {
  return {
    workspace: join(folder, "workspace"),
    models: MODELS,
    family: tinyFamily(),
    now: () => 0,
    ...more,
  };
}

/** Looks into the ledger of a folder's workspace. */
export function reading<Result>(folder: string, read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(join(folder, "workspace")), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

function hashJudge(): Awaited<ReturnType<Family["openJudge"]>> {
  return {
    identity: "hash-judge",
    questions: ["outcome"],
    batch: 16,
    ask: async (_, items) =>
      items.map(({ image }) => ({ kind: "scored" as const, score: fraction(Buffer.from(tokensOf(image))) })),
    close: async () => undefined,
  };
}

function fraction(bytes: Buffer): number {
  return createHash("sha256").update(bytes).digest().readUInt32BE(0) / 2 ** 32;
}

/** Copies the policy; the new weights file depends on everything that real training would depend on. */
export async function relabelled(request: TrainRequest) {
  const { generator, out, seed, steps, round } = request;
  const pairs = [request.pairs].flat().map((file) => sha256(readFileSync(file)));
  const weights = Buffer.from(
    JSON.stringify({ generator: recordOf(generator)["identity"], pairs, seed, steps, round }),
  );
  const identity = sha256(weights);
  if (!existsSync(out)) {
    const partial = `${out}.partial`;
    mkdirSync(partial, { recursive: true });
    cpSync(join(generator, "generator.onnx"), join(partial, "generator.onnx"));
    writeFileSync(join(partial, "generator.safetensors"), weights);
    const record = recordOf(generator) as { identity: string; files: Record<string, string> };
    const files = { ...record.files, "generator.safetensors": identity };
    const made = { ...record, name: `round-${round}`, identity, files, parents: [record.identity] };
    writeFileSync(join(partial, "checkpoint.json"), JSON.stringify(made));
    renameSync(partial, out);
  }
  return { folder: out, identity, steps: steps ?? 0 };
}

function recordOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, "checkpoint.json"), "utf8")) as Record<string, unknown>;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
