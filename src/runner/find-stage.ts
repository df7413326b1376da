import { existsSync } from "node:fs";
import type { StageRow, Store } from "../adapters/store/index.js";
import { StoreError } from "../errors.js";

/**
 * The finished stage of one of the `names` whose id begins with `start`, of any run.
 * Throws StoreError when there is none or several, naming those that could be meant.
 */
export function findStage(store: Store, start: string, ...names: readonly string[]): StageRow {
  const stages = store.runs.list().flatMap(({ id }) => store.stages.list(id));
  const usable = stages.filter(
    ({ name, progress }) => progress === "finished" && names.some((one) => fits(name, one)),
  );
  const found = usable.filter(({ id }) => id.startsWith(start));
  const [first, second] = found;
  if (first !== undefined && second === undefined && start !== "") return first;
  const known = usable.map(({ id, runId, name }) => `  ${id} (${runId}, ${name})`);
  throw new StoreError(
    `Expected the id of one finished ${names.join(" or ")} stage, got "${start}", which ${found.length} have. ` +
      (known.length > 0 ? `There are:\n${known.join("\n")}` : `${store.workspace.root} has none yet.`),
  );
}

/** "evaluation" stands for evaluation-plain, evaluation-best-of-8 and so on. */
function fits(name: string, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}-`);
}

/** Whether a set is named by its file, also one that is not there: ids have neither dots nor slashes. */
export function namesFile(what: string): boolean {
  return existsSync(what) || /[./\\]/.test(what);
}
