/**
 * Where DPO on the bundled models holds and where it breaks: held-out score over learning rate x beta x steps, over masks
 * (shared, independent, high ratios, own path) with and without an SFT term, and over batches; each with several seeds.
 *
 *   npx tsx scripts/studies/dpo-stability.ts [--workspace FOLDER] [--out docs/results] [--seeds N] [--quick]
 *
 * It writes the tables of dpo-stability.md, and dpo-stability.json, after every training, all settings of one seed before
 * the next seed's. It may be interrupted at any time: what the workspace holds is not run again. About an hour on one
 * core; --quick passes through in minutes and its numbers mean nothing.
 */
import "../explain-faults.js";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore } from "../../src/adapters/store/index.js";
import { freezeConfig, type PipelineInput } from "../../src/config/freeze-config.js";
import { openBundledSampler } from "../../src/families/bundled.js";
import { BUNDLED_FAMILY } from "../../src/families/bundled-family.js";
import type { Family } from "../../src/families/family.js";
import { workspacePaths } from "../../src/paths.js";
import { evaluate, generate, pair, score, train } from "../../src/runner/single-stages/single-stages.js";
import type { StageSessionOptions } from "../../src/runner/single-stages/stage-session.js";
import { type Cell, cellName, cellsOf, GRID, type Grid, MASKS, tablesOf } from "./dpo-stability/cells.js";
import { openLastingTrainer } from "./dpo-stability/lasting-trainer.js";
import { stabilityPage } from "./dpo-stability/page.js";
import { type Judged, type Run, type Summary, scoreOf, summarise } from "./dpo-stability/summary.js";

const { values: flags } = parseArgs({
  options: {
    workspace: { type: "string", default: "build/dpo-stability" },
    out: { type: "string", default: "docs/results" },
    seeds: { type: "string", default: "3" },
    quick: { type: "boolean", default: false },
  },
});

const SIZE = flags.quick
  ? { candidatesPerTask: 60, pairsPerTask: 16, imagesPerTask: 4, seeds: 1 }
  : { candidatesPerTask: 800, pairsPerTask: 520, imagesPerTask: 120, seeds: Number(flags.seeds) };
const SEARCHED: Grid = flags.quick
  ? { ...GRID, learningRates: [2e-4], betas: [0.1], steps: [2], batchPairs: 16, smallBatch: 8 }
  : GRID;

const trainer = openLastingTrainer();
try {
  await main();
} finally {
  await trainer.close();
}

async function main(): Promise<void> {
  const pairs = await minePairs();
  const cells = cellsOf(SEARCHED);
  const base = await heldOut("scenes-base", "base");
  const runs = new Map<string, Run[]>();
  for (let seed = 0; seed < SIZE.seeds; seed++) {
    for (const cell of cells) {
      const run = await trainAndScore(pairs.id, cell, seed);
      runs.set(cellName(cell), [...(runs.get(cellName(cell)) ?? []), run]);
      write(cells, runs, { base, pairs: pairs.count });
    }
  }
}

/** One pair set for all cells: candidates of the base, labelled by the detector. */
async function minePairs(): Promise<{ id: string; count: number }> {
  const options = optionsOf({});
  const { round } = settings({});
  const images = { perTask: SIZE.candidatesPerTask };
  const { file } = options.config.prompts.train;
  const candidates = await generate({ file, limit: null, images }, options);
  await score({ candidates: candidates.id, by: "detector" }, options);
  const mined = await pair(
    { ...round, candidates: candidates.id, earlier: [], pairsPerTask: SIZE.pairsPerTask },
    options,
  );
  return { id: mined.id, count: (mined.summary as { pairs: number }).pairs };
}

async function trainAndScore(pairs: string, cell: Cell, seed: number): Promise<Run> {
  const { learningRate, beta, steps, batchPairs, masks, sft } = cell;
  const losses = sft > 0 ? { sigmoid: 1, sft } : { sigmoid: 1 };
  const given = { learningRate, beta, steps, batchPairs, losses, masks: { ...MASKS[masks], draws: 1 } };
  const training = { ...given, microPairs: 16, threads: 1, checkpointEvery: 100 };
  const { round, config } = settings({ round: { training } });
  const options = { ...optionsOf({}), config: { ...config, seed } };
  const stage = await train({ pairs: [pairs], reference: null, training: round.training }, options);
  const { checkpoint, last } = stage.summary as { checkpoint: string; last: Record<string, number> };
  return { seed, items: await heldOut(checkpoint, `${cellName(cell)} seed ${seed}`), last };
}

/** Images of held-out prompts and whether they are right; the same prompts and seeds for every checkpoint. */
async function heldOut(checkpoint: string, label: string): Promise<Judged[]> {
  const options = optionsOf({ models: { base: checkpoint } });
  const { file } = options.config.prompts.heldOut;
  const images = { perTask: SIZE.imagesPerTask };
  const stage = await evaluate({ file, limit: null, images, verifier: { kind: "none" }, label }, options);
  const store = openStore(workspacePaths(flags.workspace));
  try {
    const items: Judged[] = [];
    for await (const { promptId, tag, correct } of store.evaluations.items(stage.id)) {
      items.push({ promptId, tag: tag ?? "", correct });
    }
    return items;
  } finally {
    store.close();
  }
}

function settings(more: Partial<PipelineInput>) {
  const mining = { policy: "random-yes-no", pairsPerPrompt: 60 } as const;
  const config = freezeConfig({
    name: "dpo-stability",
    rounds: 1,
    sampler: { slots: 32 },
    ...more,
    round: { mining, ...more.round },
  });
  const [round] = config.rounds;
  if (round === undefined) throw new Error("A pipeline of one round has a round.");
  return { config, round };
}

function optionsOf(more: Partial<PipelineInput>): StageSessionOptions {
  const openSampler: Family["openSampler"] = (folder, opening) =>
    openBundledSampler(folder, { ...opening, threads: 1 });
  const family = { ...BUNDLED_FAMILY, train: trainer.train, openSampler };
  return { config: settings(more).config, workspace: flags.workspace, family };
}

function write(cells: readonly Cell[], runs: Map<string, Run[]>, about: { base: Judged[]; pairs: number }) {
  const summaries: Summary[] = cells.flatMap((cell) => {
    const own = runs.get(cellName(cell));
    return own ? [summarise(cell, own, about.base)] : [];
  });
  const images = about.base.length;
  const done = [...runs.values()].flat().length;
  const counts = {
    base: scoreOf(about.base),
    images,
    pairs: about.pairs,
    done,
    all: cells.length * SIZE.seeds,
  };
  const page = join(flags.out, "dpo-stability.md");
  mkdirSync(flags.out, { recursive: true });
  const before = existsSync(page) ? readFileSync(page, "utf8") : null;
  const found = { ...counts, tables: tablesOf(SEARCHED), summaries, quick: flags.quick };
  writeFileSync(page, stabilityPage(before, found));
  const json = { ...SIZE, ...counts, summaries };
  writeFileSync(join(flags.out, "dpo-stability.json"), `${JSON.stringify(json, null, 2)}\n`);
}
