import type { RunConfig } from "../config/freeze-config.js";
import { MOST } from "../config/limits.js";
import type { RoundConfig } from "../config/schema/round.js";
import { ConfigError } from "../errors.js";
import type { StageSessionOptions } from "../runner/single-stages/stage-session.js";
import { type Context, number, text } from "./command.js";
import { prepare, type Work } from "./prepare.js";

/** Of every stage that is used alone. What its flags leave out comes from the pipeline, or has its default. */
export const PIPELINE_FLAG = {
  pipeline: text("take settings from this pipeline", "pipeline", null),
} as const;

/** Of stages that draw anything at random. */
export const STAGE_FLAGS = {
  ...PIPELINE_FLAG,
  seed: number("every random choice follows from it", { least: 0, most: 2 ** 32 - 1 }, null),
} as const;

/** Of stages that a pipeline has settings for by round. */
export const ROUND_FLAG = {
  round: number("the pipeline's round whose settings are taken", { least: 1, most: MOST.rounds }, 1, {
    requires: ["pipeline"],
  }),
} as const;

export interface StageFlags {
  readonly pipeline: string | null;
  /** 1 unless given. */
  readonly round?: number;
  readonly seed?: number | null;
  /** Replaces the pipeline's base. */
  readonly checkpoint?: string | null;
  /** Replaces the pipeline's judge. */
  readonly judge?: string | null;
}

/** Where a stage runs, with which settings; what its work needs is there then. Throws ConfigError, or MachineError. */
export async function stageSettings(
  flags: StageFlags,
  context: Context,
  works: readonly Work[] = [],
): Promise<{ options: StageSessionOptions; round: RoundConfig }> {
  const { home, workspace, progress, signal, words } = context;
  const [{ freezeConfig }, { loadPipeline }] = await Promise.all([
    import("../config/freeze-config.js"),
    import("../runner/pipelines/load-pipeline.js"),
  ]);
  const defaults = freezeConfig({ name: "by-hand", rounds: 1 });
  const config = flags.pipeline === null ? defaults : (await loadPipeline(flags.pipeline)).config;
  await prepare(config.models, works, context);
  const number = flags.round ?? 1;
  // A pipeline that only evaluates has no round.
  const round = (config.rounds.length === 0 && number === 1 ? defaults : config).rounds[number - 1];
  if (round === undefined) {
    throw new ConfigError(`Expected --round to be from 1 to ${config.rounds.length}, got ${number}.`);
  }
  return {
    options: {
      config: await replaced(config, flags),
      workspace,
      home,
      progress,
      signal,
      line: { words, folder: process.cwd() },
    },
    round,
  };
}

async function replaced(config: RunConfig, { seed, checkpoint, judge }: StageFlags): Promise<RunConfig> {
  const { models, judges } = await withJudge(config, judge ?? null);
  const { OWN_AUTOENCODER } = await import("../config/schema/models.js");
  // What the base has that a checkpoint on it has not: its autoencoder, or the code of a generator of one's own.
  const own = checkpoint && models.tokenizer === OWN_AUTOENCODER ? { tokenizer: models.base } : {};
  return {
    ...config,
    judges,
    seed: seed ?? config.seed,
    models: { ...models, ...own, base: checkpoint ?? models.base },
  };
}

/** With another judge: one of the pipeline's by name, a checkpoint, or the settings in a JSON file. Throws ConfigError. */
export async function withJudge(
  config: RunConfig,
  judge: string | null,
): Promise<Pick<RunConfig, "models" | "judges">> {
  const { models, judges } = config;
  if (judge === null) return config;
  if (!/\.json$/i.test(judge)) return { models: { ...models, judge }, judges };
  const { judgeOfFile } = await import("../judges/judge-file.js");
  const own = judgeOfFile(judge);
  const others = judges.filter(({ name }) => name !== own.name);
  return { models: { ...models, judge: own.name }, judges: [...others, own] };
}
