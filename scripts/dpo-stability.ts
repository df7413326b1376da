/**
 * Where DPO on the bundled models holds and where it breaks: held-out score over learning rate x beta x steps, and over
 * masks (shared, independent, high ratios, own path) with and without an SFT term, each with several seeds.
 *
 *   npx tsx scripts/dpo-stability.ts [--workspace FOLDER] [--out docs/results] [--seeds N] [--quick]
 *
 * It writes dpo-stability.md and dpo-stability.json after every finished cell, and may be interrupted at any time: what
 * the workspace holds is not run again. Three to four hours on two cores; --quick passes through in minutes and its
 * numbers mean nothing.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freezeConfig, type PipelineInput } from "../src/config/freeze-config.js";
import { evaluate, generate, pair, score, train } from "../src/runner/single-stages.js";
import type { WorkbenchOptions } from "../src/runner/workbench.js";
import { type Cell, cellsOf, GRID, MASKS, type Result, stabilityPage } from "./dpo-stability/page.js";

const { values: flags } = parseArgs({
  options: {
    workspace: { type: "string", default: "build/dpo-stability" },
    out: { type: "string", default: "docs/results" },
    seeds: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
  },
});

const SIZE = flags.quick
  ? { prompts: 12, candidates: 4, pairsPerTask: 8, perTask: 4, seeds: 1 }
  : { prompts: 896, candidates: 24, pairsPerTask: 1200, perTask: 170, seeds: Number(flags.seeds) };

await main();

async function main(): Promise<void> {
  const pairs = await minePairs();
  const cells = flags.quick
    ? cellsOf({ ...GRID, steps: [3], learningRates: [1e-4], betas: [0.1] })
    : cellsOf(GRID);
  const base = await heldOutScore("scenes-base", "base");
  const results: Result[] = [];
  for (const cell of cells) {
    const seeds = Array.from({ length: SIZE.seeds }, (_, index) => index);
    const runs = [];
    for (const seed of seeds) runs.push(await trainAndScore(pairs, cell, seed));
    results.push({ cell, runs });
    write({ base, results, cells: cells.length });
  }
}

/** One pair set for all cells: candidates of the base, labelled by the detector. */
async function minePairs(): Promise<string> {
  const options = optionsOf({});
  const { round } = settings({});
  const candidates = await generate(
    { file: options.config.prompts.train.file, limit: SIZE.prompts, images: { perPrompt: SIZE.candidates } },
    options,
  );
  await score({ candidates: candidates.id, by: "detector" }, options);
  const mined = await pair(
    { ...round, candidates: candidates.id, earlier: [], pairsPerTask: SIZE.pairsPerTask },
    options,
  );
  return mined.id;
}

async function trainAndScore(pairs: string, cell: Cell, seed: number) {
  const { learningRate, beta, steps, masks, sft } = cell;
  const losses = sft > 0 ? { sigmoid: 1, sft } : { sigmoid: 1 };
  const given = { learningRate, beta, steps, masks: MASKS[masks], losses, checkpointEvery: 100 };
  const { round, config } = settings({ round: { training: given } });
  const options = { ...optionsOf({}), config: { ...config, seed } };
  const stage = await train({ pairs: [pairs], reference: null, training: round.training }, options);
  const { checkpoint, last } = stage.summary as { checkpoint: string; last: Record<string, number> };
  const label = `${masks} lr ${learningRate} beta ${beta} steps ${steps} sft ${sft} seed ${seed}`;
  return { seed, checkpoint, score: await heldOutScore(checkpoint, label), last };
}

/** Mean of the six tasks on held-out prompts, the same prompts and seeds for every checkpoint. */
async function heldOutScore(checkpoint: string, label: string): Promise<number> {
  const options = optionsOf({ models: { base: checkpoint } });
  const stage = await evaluate(
    {
      file: options.config.prompts.heldOut.file,
      limit: null,
      images: { perTask: SIZE.perTask },
      verifier: { kind: "none" },
      label,
    },
    options,
  );
  return (stage.summary as { overall: number }).overall;
}

function settings(more: Partial<PipelineInput>) {
  const mining = { policy: "random-yes-no", pairsPerPrompt: 60 } as const;
  const config = freezeConfig({
    name: "dpo-stability",
    rounds: 1,
    ...more,
    round: { mining, ...more.round },
  });
  const [round] = config.rounds;
  if (round === undefined) throw new Error("A pipeline of one round has a round.");
  return { config, round };
}

function optionsOf(more: Partial<PipelineInput>): WorkbenchOptions {
  return { config: settings(more).config, workspace: flags.workspace };
}

function write(found: Parameters<typeof stabilityPage>[0]): void {
  mkdirSync(flags.out, { recursive: true });
  const page = stabilityPage({ ...found, images: SIZE.perTask * 6, quick: flags.quick });
  writeFileSync(join(flags.out, "dpo-stability.md"), page);
  writeFileSync(join(flags.out, "dpo-stability.json"), `${JSON.stringify({ ...SIZE, ...found }, null, 2)}\n`);
}
