import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import type { Family } from "../../families/family.js";
import { workspacePaths } from "../../paths.js";
import { BY_HAND } from "../../records/command-line.js";
import { SILENT } from "../../records/progress.js";
import { hashOf } from "../../stages/hash.js";
import { type GivenLine, withLine } from "../../stages/running/stage-command.js";
import { openRunModels } from "../models/open-models.js";
import { withFamily } from "../models/with-family.js";
import type { StageContext } from "../run/round-stages.js";
import type { RunOptions } from "../run/run-options.js";

/** The one round of stages used alone. */
const ROUND = 1;

/** Where stages are used alone, without a pipeline's run around them. */
export interface StageSession extends StageContext {
  readonly store: Store;
  readonly family: Family;
  readonly home: string | undefined;
}

export interface StageSessionOptions extends Omit<RunOptions, "source"> {
  /** Settings of the models, the sampler and the stage. */
  readonly config: RunConfig;
  /** Kept with every stage that it begins, so that its files can be made again. */
  readonly line?: GivenLine;
}

/** Opens workspace and models, lets `work` run one stage, and closes them. */
export async function inStageSession<Result = StageRow>(
  options: StageSessionOptions,
  work: (session: StageSession) => Promise<Result>,
): Promise<Result> {
  const { config, now } = options;
  const opening = { lease: "first-write", ...(now ? { now } : {}) } as const;
  const store = openStore(workspacePaths(options.workspace), opening);
  try {
    return await withFamily(options, config.models, (family) =>
      inOpenSession(options, { store, family, work }),
    );
  } finally {
    store.close();
  }
}

async function inOpenSession<Result>(
  {
    config,
    line,
    models: bundledModels = BUNDLED_MODELS,
    progress = SILENT,
    signal,
    home,
  }: StageSessionOptions,
  parts: {
    readonly store: Store;
    readonly family: Family;
    readonly work: (session: StageSession) => Promise<Result>;
  },
): Promise<Result> {
  const { store, family, work } = parts;
  const stoppable = signal ? { signal } : {};
  const models = await openRunModels({ store, config, family, bundledModels, progress, ...stoppable });
  let isOpen = false;
  const begin = (stage: string) => {
    openByHand(store, config, { stage, line });
    isOpen = true;
  };
  try {
    const place = { store, runId: BY_HAND, round: ROUND, progress, begin, ...stoppable };
    const stage = await work({ store, models, place, config, family, home });
    if (isOpen) store.runs.end(BY_HAND, "finished");
    return stage;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (isOpen) store.runs.end(BY_HAND, signal?.aborted ? "stopped" : "failed", message);
    throw error;
  } finally {
    await models.close();
  }
}

/** The models are kept with it: whoever looks into the workspace later must decode what they drew. */
function openByHand(
  store: Store,
  { models, judges }: RunConfig,
  made: { readonly stage: string; readonly line: GivenLine | undefined },
): void {
  const known = store.runs.find(BY_HAND)?.config;
  const config = withLine(known, { settings: { models, judges } }, store.workspace.root, made);
  store.runs.open({ id: BY_HAND, pipeline: BY_HAND, configHash: hashOf(BY_HAND), config });
  store.rounds.open({ runId: BY_HAND, number: ROUND, manifest: {} });
}
