import { join } from "node:path";
import type { StageRow, Store } from "../adapters/store/index.js";
import { eventsFile, eventsIn, judgedFile } from "../stages/training/event-files.js";
import { trainingLocation } from "../stages/training/train-round.js";

/** A training stage and where its checkpoint lies, or will lie. */
export interface FoundTraining {
  readonly stage: StageRow;
  /** As people call it. */
  readonly name: string;
  /** Of its events, relative to the workspace root. */
  readonly log: string;
  readonly judged: string;
}

/** Every training of a generator, newest first. */
export function trainingsOf(store: Store): FoundTraining[] {
  const stages = store.runs.list().flatMap(({ id }) => store.stages.list(id).toReversed());
  return stages.filter(({ name }) => name === "training").map(foundTraining);
}

/** Those whose log may grow. */
export function unfinishedTrainings(store: Store): FoundTraining[] {
  return trainingsOf(store).filter(({ stage }) => stage.progress !== "finished");
}

function foundTraining(stage: StageRow): FoundTraining {
  const location = trainingLocation(stage);
  const name = stage.round === 0 ? stage.runId : `${stage.runId}, round ${stage.round}`;
  return { stage, name, log: eventsFile(location), judged: judgedFile(location) };
}

/** All that a training told so far: the trainer's own events, and what its sample images were judged to be. */
export function toldBy(store: Store, { log, judged }: FoundTraining): Record<string, unknown>[] {
  return [log, judged].flatMap((file) => eventsIn(join(store.workspace.root, file)));
}
