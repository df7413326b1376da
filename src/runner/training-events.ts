import { join } from "node:path";
import type { StageRow } from "../adapters/store/index.js";
import { eventsIn } from "../stages/training/event-files.js";
import { overOptimisedNote, type SamplesJudged } from "../stages/training/over-optimisation.js";
import type { Journey } from "./journey.js";
import type { RoundOutcome } from "./run-pipeline.js";

/** A round's stage by name, the latest. */
export function stageOf(
  { store, config }: Journey,
  { round }: RoundOutcome,
  name: string,
): StageRow | undefined {
  return store.stages.list(config.name).findLast((stage) => stage.round === round && stage.name === name);
}

/** All that a round's training told, and what its sample images were judged to be. */
export function trainingEvents(journey: Journey, outcome: RoundOutcome): Record<string, unknown>[] {
  const { store } = journey;
  const training = stageOf(journey, outcome, "training");
  const artifacts = training ? store.artifacts.list(training.id) : [];
  return artifacts
    .filter(({ kind }) => kind === "training-events")
    .flatMap(({ file }) => eventsIn(join(store.workspace.root, file)));
}

/** A sentence for each round whose two verifiers parted ways while it trained. */
export function overOptimisedNotes(journey: Journey, rounds: readonly RoundOutcome[]): string[] {
  return rounds.flatMap((outcome) => {
    const judged = trainingEvents(journey, outcome).filter(({ event }) => event === "samples-judged");
    const alarm = (judged as unknown as SamplesJudged[]).find((one) => one.over_optimised);
    return alarm ? [`Round ${outcome.round}: ${overOptimisedNote(alarm)}`] : [];
  });
}
