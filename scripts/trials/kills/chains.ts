import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { made as madeIn } from "../material.js";
import { openSandbox, type Sandbox } from "../sandbox.js";

/** A command that is killed and started again until it ends, in a workspace where what it needs was made before. */
export interface Chain {
  /** The stage that the command is about. */
  readonly stage: string;
  readonly words: readonly string[];
}

/** Every stage takes a second or more, and has several shards or saved states to go on from. */
const PIPELINE = `export default {
  name: "killed",
  seed: 1,
  sampler: { steps: 6 },
  round: {
    prompts: 8,
    candidates: { perPrompt: 16 },
    mining: { policy: "random-yes-no", pairsPerPrompt: 4 },
    training: { steps: 8, batchPairs: 4, checkpointEvery: 2 },
  },
  rounds: 1,
  gate: { images: { perTask: 2 } },
  evaluation: {
    images: { perTask: 4 },
    rows: [{ verifier: { kind: "none" } }, { verifier: { kind: "orm", n: 4 }, checkpoints: "last" }],
    resamples: 1000,
  },
  shardImages: 16,
};
`;
const PROMPTS = [
  ...["a photo of a red star", "a photo of a blue circle", "a photo of a green square"],
  ...["a photo of a circle and a square", "a photo of a star and a ring"],
  ...["a photo of three stars", "a photo of two rings", "a photo of a ring left of a triangle"],
];

/** The workspace that all chains begin with, and the chains. */
export interface Prepared {
  readonly sandbox: Sandbox;
  readonly chains: readonly Chain[];
}

/** With the address of a Ray `cluster`, one of them runs there. */
export async function prepareChains(cache: string, cluster?: string): Promise<Prepared> {
  const sandbox = openSandbox(cache, "material");
  writeFileSync(join(sandbox.here, "prompts.txt"), `${PROMPTS.join("\n")}\n`);
  writeFileSync(join(sandbox.here, "killed.ts"), PIPELINE);
  writeFileSync(join(sandbox.here, "package.json"), '{ "private": true, "type": "module" }\n');
  mkdirSync(join(sandbox.here, "exports"));
  const made = async (line: string) => madeIn(sandbox, line);
  const candidates = idOf(await made(`generate prompts.txt --count 32 ${SETTINGS}`));
  await made(`score ${candidates} --by detector`);
  const pairs = idOf(
    await made(`pair ${candidates} --by detector --policy random-yes-no --pairs-per-prompt 8`),
  );
  await made(`export ${pairs} --format jsonl --out exports/jsonl`);
  const base = idOf(await made(`evaluate scenes-base --per-task 4 ${SETTINGS}`));
  const other = idOf(await made(`evaluate scenes-base --per-task 4 --verifier orm --n 2 ${SETTINGS}`));
  const data = (await made(`judge data --per-task 4 --held-out-per-task 2 ${SETTINGS}`)) as JudgeData;
  const lines: readonly (readonly [stage: string, line: string])[] = [
    ["generate", `generate prompts.txt --count 48 ${SETTINGS} --seed 2`],
    ["score", `score ${candidates}`],
    ["pair", `pair ${candidates} --by detector --policy best-versus-worst --pairs-per-prompt 8`],
    ["train", `train ${pairs} ${SETTINGS}`],
    ["judge data", `judge data --per-task 4 --held-out-per-task 2 ${SETTINGS} --seed 3`],
    ["judge train", `judge train ${data.samples.id} --steps 12 --batch 24`],
    ["evaluate", `evaluate scenes-base --per-task 8 ${SETTINGS} --seed 4`],
    ["compare", `compare ${base} ${other} --resamples 20000`],
    ["import", "import exports/jsonl --workspace imported"],
    ["export", `export ${pairs} --format parquet --out exports/pairs.parquet`],
    ["run", "run ./killed.ts"],
  ];
  const local = lines.map(([stage, line]): Chain => ({ stage, words: line.split(" ") }));
  const ray = `run ./killed.ts --executor ray --workers 2 --address ${cluster}`;
  const remote: Chain[] = cluster === undefined ? [] : [{ stage: "run on Ray", words: ray.split(" ") }];
  return { sandbox, chains: [...local, ...remote] };
}

interface JudgeData {
  readonly samples: { readonly id: string };
}

const SETTINGS = "--pipeline ./killed.ts";

function idOf(said: unknown): string {
  return (said as { readonly id: string }).id;
}
