import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { workspacePaths } from "../../paths.js";
import { anyStage } from "../find-stage.js";
import { withDependents } from "./dependents.js";
import { bytesOf, placesOf } from "./stage-places.js";

/** A stage that is to be taken away, and what goes with it. */
export interface RemovedStage {
  readonly id: string;
  readonly name: string;
  readonly title: string | null;
  readonly run: string;
  readonly round: number;
  /** Rows of its shards: candidates, pairs, images. */
  readonly rows: number;
  /** Relative to the workspace root. */
  readonly places: readonly string[];
  readonly bytes: number;
}

export interface Removal {
  /** Those that were named. */
  readonly named: readonly RemovedStage[];
  /** Those that were made of them. */
  readonly dependents: readonly RemovedStage[];
}

/** Says what taking stages away would take. Writes nothing. Throws StoreError when a name stands for none or several. */
export function planRemoval(workspace: string, names: readonly string[]): Removal {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return planned(store, stagesNamed(store, names));
  } finally {
    store.close();
  }
}

/**
 * Takes stages away, rows and files. Throws ConfigError when others were made of them and `withAll` does not say that these go too;
 * StoreError while another process writes.
 */
export function removeStages(
  workspace: string,
  names: readonly string[],
  options: { readonly withAll: boolean },
): Removal {
  // A reader first: a command that is refused leaves a ledger as it was.
  const removal = planRemoval(workspace, names);
  refuseNeeded(removal, options.withAll);
  const store = openStore(workspacePaths(workspace), { lease: "first-write" });
  try {
    const stages = stagesNamed(store, names);
    const now = planned(store, stages);
    refuseNeeded(now, options.withAll);
    const all = [...now.named, ...now.dependents];
    const rows = all.map(({ id }) => store.stages.find(id) as StageRow);
    store.removals.remove(
      rows,
      all.flatMap(({ places }) => places),
    );
    return now;
  } finally {
    store.close();
  }
}

function stagesNamed(store: Store, names: readonly string[]): StageRow[] {
  const stages = names.map((name) => anyStage(store, name));
  return [...new Map(stages.map((stage) => [stage.id, stage])).values()];
}

function planned(store: Store, stages: readonly StageRow[]): Removal {
  const isNamed = (stage: StageRow) => stages.some(({ id }) => id === stage.id);
  const others = withDependents(store, stages).filter((stage) => !isNamed(stage));
  return {
    named: stages.map((stage) => removed(store, stage)),
    dependents: others.map((stage) => removed(store, stage)),
  };
}

function removed(store: Store, stage: StageRow): RemovedStage {
  const { id, name, title, runId: run, round } = stage;
  const places = placesOf(store, stage);
  const { rows } = store.shards.progress(id);
  return { id, name, title, run, round, rows, places, bytes: bytesOf(store.workspace.root, places) };
}

function refuseNeeded({ named, dependents }: Removal, withAll: boolean): void {
  if (dependents.length === 0 || withAll) return;
  const others = dependents.map(({ id, name, run }) => `  ${name} ${id} (${run})`).join("\n");
  throw new ConfigError(
    `Expected stages that nothing else was made of, got ${named.map(({ name, id }) => `${name} ${id}`).join(", ")}, of which ` +
      `${dependents.length} more were made:\n${others}\nName these as well, or give --with-dependents to take all of them away.`,
  );
}
