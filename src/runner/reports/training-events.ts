import { join } from "node:path";
import type { StageRow } from "../../adapters/store/index.js";
import { eventsIn } from "../../stages/training/event-files.js";
import { overOptimisedNote, type SamplesJudged, tasksNote } from "../../stages/training/over-optimisation.js";
import type { RunContext } from "../run/run-context.js";
import type { RoundOutcome } from "../run/run-options.js";

/** A round's stage by name, the latest. */
export function stageOf(
  { store, config }: RunContext,
  { round }: RoundOutcome,
  name: string,
): StageRow | undefined {
  return store.stages.list(config.name).findLast((stage) => stage.round === round && stage.name === name);
}

/** All that a round's training told, and what its sample images were judged to be. */
export function trainingEvents(run: RunContext, outcome: RoundOutcome): Record<string, unknown>[] {
  const { store } = run;
  const training = stageOf(run, outcome, "training");
  const artifacts = training ? store.artifacts.list(training.id) : [];
  return artifacts
    .filter(({ kind }) => kind === "training-events")
    .flatMap(({ file }) => eventsIn(join(store.workspace.root, file)));
}

/** What a round's two verifiers saw while it trained, a sentence each: that they parted ways, and how each task's sample images have changed. */
export function trainingNotes(run: RunContext, rounds: readonly RoundOutcome[]) {
  const found = rounds.map((outcome) => {
    const events = trainingEvents(run, outcome).filter(({ event }) => event === "samples-judged");
    const judged = events as unknown as SamplesJudged[];
    const alarm = judged.find((one) => one.over_optimised);
    const last = judged.length > 1 ? judged.at(-1) : undefined;
    const tasks = last && tasksNote(last);
    const named = (note: string) => `Round ${outcome.round}: ${note}`;
    return { alarm: alarm ? [named(overOptimisedNote(alarm))] : [], change: tasks ? [named(tasks)] : [] };
  });
  return { alarms: found.flatMap(({ alarm }) => alarm), changes: found.flatMap(({ change }) => change) };
}
