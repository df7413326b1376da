import type { StageRow } from "../../adapters/store/index.js";
import { commandLine } from "../../records/command-line.js";
import { shownBy, stageStatus } from "../../runner/inspection/status.js";
import { lineThatMade, typedLine } from "../../stages/running/stage-command.js";
import { runs, type Stage } from "../answers/runs.js";
import type { Studio } from "../studio.js";
import { type Endpoint, endpoint } from "./endpoint.js";

/** What runs have done and do, stage by stage. */
export function runEndpoints(studio: Studio): Endpoint[] {
  const { store } = studio;
  return [
    endpoint({
      path: "runs",
      about:
        "Every run, newest first, with its stages: how far each is, its pace, what failed, and the line that makes it again.",
      answered: runs,
      answer: () => {
        const shown = shownBy(store);
        return {
          workspace: store.workspace.root,
          isWritten: store.isWritten(),
          runs: store.runs.list().map(({ id, pipeline, progress, message, createdAt, updatedAt }) => ({
            ...{ id, pipeline, message, createdAt, updatedAt, progress: shown(progress) },
            stages: store.stages.list(id).map((stage) => stageOf(studio, stage, shown(stage.progress))),
          })),
        };
      },
    }),
  ];
}

function stageOf({ store, workspace }: Studio, stage: StageRow, progress: Stage["progress"]): Stage {
  const { summary, settings, counts, goOn: _, seconds: __, ...status } = stageStatus(store, stage, progress);
  const line = lineThatMade(store, stage.id);
  return {
    ...status,
    ...{ inputs: stage.inputs, summary: summary === null ? null : { ...summary } },
    ...{ settings: [...settings], counts: [...counts] },
    rows: store.shards.progress(stage.id).rows,
    command: line === undefined ? null : typedLine(line, workspace),
  };
}

/** A command of this workspace, as it is typed. */
export function typed(studio: Studio, ...words: readonly string[]): string {
  return commandLine(words, studio.workspace);
}
