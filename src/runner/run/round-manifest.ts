import { renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../adapters/make-folder.js";
import { setFolderAside } from "../../adapters/set-folder-aside.js";
import type { Json, StageRow } from "../../adapters/store/index.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import type { RunContext } from "./run-context.js";
import { recordOf } from "./run-record.js";
import { type JudgeTuning, tuningRecord } from "./tune-judge.js";

/** What decides a round before it starts. */
export interface RoundStart {
  /** The checkpoint it samples from and trains on. */
  readonly from: KnownCheckpoint;
  readonly reference: { readonly policy: string; readonly checkpoint: KnownCheckpoint };
}

/** Makes the round in the ledger with its manifest as far as it is known. */
export function openRound(run: RunContext, number: number, start?: RoundStart): void {
  const { store, config } = run;
  store.rounds.open({
    runId: config.name,
    number,
    manifest: manifestOf(run, number, { ...startOf(start) }, []),
    referencePolicy: start?.reference.policy ?? null,
    fromCheckpoint: start?.from.identity ?? null,
  });
}

/** How a round ended. */
export interface RoundEnd {
  readonly stages: readonly StageRow[];
  readonly checkpoint: KnownCheckpoint;
  readonly promoted: boolean;
  /** Scores on the validation prompts, 0..1; null without a gate. */
  readonly gate: { readonly parent: number; readonly score: number } | null;
  /** What the round did with the run's judge; absent where it left it. */
  readonly tuning?: JudgeTuning;
}

/** Writes the whole manifest of a round to the ledger and to reports/RUN/round-K.json. Holds no times: equal work, equal file. */
export function closeRound(run: RunContext, number: number, end: RoundEnd, start?: RoundStart): void {
  const { store, config } = run;
  const { checkpoint, promoted, gate, stages, tuning } = end;
  const judge = tuning ? { judge: tuningRecord(tuning) } : {};
  const outcome = { ...startOf(start), toCheckpoint: checkpoint.identity, promoted, gate, ...judge };
  const manifest = manifestOf(run, number, outcome, stages);
  store.rounds.open({ runId: config.name, number, manifest });
  store.rounds.finish(config.name, number, { toCheckpoint: checkpoint.identity, promoted });
  writeWhole(
    join(store.workspace.reports, config.name, `round-${number}.json`),
    `${JSON.stringify(manifest, null, 2)}\n`,
  );
}

function manifestOf(run: RunContext, number: number, more: Json, stages: readonly StageRow[]): Json {
  const { config, models, prompts } = run;
  return {
    run: config.name,
    round: number,
    ...recordOf(config, models, prompts),
    ...more,
    stages: stages.map(({ name, id, inputsHash, inputs, summary }) => ({
      name,
      id,
      inputsHash,
      inputs,
      summary,
    })),
  };
}

function startOf(start?: RoundStart): Json {
  if (start === undefined) return {};
  const { from, reference } = start;
  const { identity } = reference.checkpoint;
  return { fromCheckpoint: from.identity, reference: { policy: reference.policy, checkpoint: identity } };
}

/** Writes a file that appears whole or not at all, making its folder; a folder in its place is set aside. */
export function writeWhole(file: string, content: string): void {
  makeFolder(dirname(file));
  setFolderAside(file);
  writeFileSync(`${file}.partial`, content);
  renameSync(`${file}.partial`, file);
}
