import { openStore, type StageRow } from "../../adapters/store/index.js";
import { workspacePaths } from "../../paths.js";

/** Another finished evaluation of the same images, the newest one: what an evaluation can be compared with. */
export function comparableWith(stage: StageRow, workspace: string): string | undefined {
  const isSame = (other: StageRow) =>
    other.id !== stage.id &&
    imagesOf(other) === imagesOf(stage) &&
    // Pictures of one source are not compared with themselves.
    (imagesOf(stage) !== undefined || other.inputs["checkpoint"] !== stage.inputs["checkpoint"]);
  return newest(workspace, (other) => other.name.startsWith("evaluation-") && isSame(other));
}

/** The newest states that were kept to report on a judge. */
export function heldOutStates(workspace: string): string | undefined {
  return newest(workspace, ({ name }) => name === "judge-states-held-out");
}

function newest(workspace: string, fits: (stage: StageRow) => boolean): string | undefined {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    const stages = store.stages.all();
    const found = stages.filter((stage) => stage.progress === "finished" && fits(stage));
    return found.sort((one, other) => (one.finishedAt ?? 0) - (other.finishedAt ?? 0)).at(-1)?.id;
  } finally {
    store.close();
  }
}

function imagesOf({ inputs }: StageRow): unknown {
  return (inputs as { readonly imageSet?: string }).imageSet;
}
