import type { Json, Store } from "../../adapters/store/index.js";
import { decidingTraining } from "../../config/deciding-training.js";
import { differencesOf } from "../../config/differences.js";
import type { RunConfig } from "../../config/freeze-config.js";
import { decidingJudge } from "../../config/schema/judges.js";
import { ConfigError } from "../../errors.js";
import { hashOf } from "../../stages/hash.js";
import type { RunCheckpoints, RunModels } from "../models/open-models.js";
import type { RunPrompts } from "./run-prompts.js";

/** What a run is: its settings, and by hash all that the settings name. */
export interface RunRecord {
  readonly settings: Omit<RunConfig, "execution">;
  readonly inputs: Readonly<Record<string, string>>;
}

/** The record of a run about to start. */
export function recordOf(
  config: RunConfig,
  models: RunCheckpoints & Pick<RunModels, "detector">,
  prompts: RunPrompts,
): RunRecord {
  // Where shards are computed changes nothing of what comes out.
  const { execution: _execution, ...settings } = config;
  return {
    settings,
    inputs: {
      base: models.base.identity,
      tokenizer: models.tokenizer.identity,
      judge: models.judgeIdentity ?? "none",
      detector: models.detector.identity,
      trainPrompts: prompts.hashes.train,
      heldOutPrompts: prompts.hashes.heldOut,
    },
  };
}

/** Starts the run in the ledger, or goes on with it. Throws ConfigError when one of this name had other settings. */
export function openRun(store: Store, record: RunRecord, pipeline: string): void {
  const { name } = record.settings;
  refuseOtherSettings(store, record);
  const grownFrom = store.runs.find(name)?.configHash;
  store.runs.open({ id: name, pipeline, configHash: hashOf(record), config: { ...record }, grownFrom });
}

/**
 * Throws ConfigError listing what differs when the workspace has a run of this name with another record. Rounds added
 * behind the others, other rows of the table, and how a training is watched and saved change nothing of what was done: they
 * are no other settings.
 */
export function refuseOtherSettings(store: Store, record: RunRecord): void {
  const { name } = record.settings;
  const known = store.runs.find(name);
  if (known === undefined || known.configHash === hashOf(record)) return;
  const stored = known.config as Json & RunRecord;
  const settings = differencesOf(deciding(stored.settings), deciding(asBegun(record, stored)));
  const inputs = differencesOf(stored.inputs, record.inputs).map((one) => ({
    ...one,
    at: `input ${one.at}`,
  }));
  if (settings.length + inputs.length === 0) return;
  const lines = [...settings, ...inputs].map(
    ({ at, before, after }) => `  ${at}: was ${say(before)}, now ${say(after)}`,
  );
  throw new ConfigError(
    `Run "${name}" in ${store.workspace.root} was begun with other settings:\n${lines.join("\n")}\n` +
      "Restore them to go on with it, or give the pipeline a new name.",
  );
}

/** A record's settings with as many rounds as an earlier one's, and its rows. */
function asBegun({ settings }: RunRecord, earlier: RunRecord): RunRecord["settings"] {
  const rounds = settings.rounds.slice(0, earlier.settings.rounds.length);
  const { rows } = earlier.settings.evaluation;
  return { ...settings, rounds, evaluation: { ...settings.evaluation, rows } };
}

function deciding({ rounds, judges = [], ...settings }: RunRecord["settings"]) {
  return {
    ...settings,
    // Nor that they had no judges of their own; how patiently one is asked, and what it may cost, is no other setting.
    ...(judges.length > 0 ? { judges: judges.map(decidingJudge) } : {}),
    rounds: rounds.map(({ training, judge, ...round }) => ({
      ...round,
      // Runs from before a judge could be tuned do not say that none was.
      ...(judge?.tune ? { judge } : {}),
      training: decidingTraining(training),
    })),
  };
}

function say(value: unknown): string {
  const text = value === undefined ? "absent" : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
