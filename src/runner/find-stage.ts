import { existsSync } from "node:fs";
import type { StageRow, Store } from "../adapters/store/index.js";
import { StoreError } from "../errors.js";
import { commandLine } from "../records/command-line.js";
import { lineThatMade, typedLine } from "../stages/running/stage-command.js";

/**
 * The finished stage of one of the `names` that people call `start`, or whose id begins with it, of any run.
 * Throws StoreError when there is none or several, naming those that could be meant.
 */
export function findStage(store: Store, start: string, ...names: readonly string[]): StageRow {
  const stages = store.stages.all();
  const usable = stages.filter(
    ({ name, progress }) => progress === "finished" && names.some((one) => fits(name, one)),
  );
  const found = called(start, usable);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const known = usable.map(knownLine);
  throw new StoreError(
    `Expected the id of one finished ${names.join(" or ")} stage, got "${start}", ${whatIs(start, store, stages, found.length)}. ` +
      (known.length > 0
        ? `There are:\n${known.join("\n")}`
        : `${store.workspace.root} has none yet. First: ${makersOf(names, store.workspace.root)}`),
  );
}

/** The one stage, of any name and however far, that people call `start`, or whose id begins with it. Throws StoreError otherwise. */
export function anyStage(store: Store, start: string): StageRow {
  const stages = store.stages.all();
  const found = called(start, stages);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const many = second === undefined ? "no stage has" : `${found.length} stages have`;
  const known =
    stages.length > 0 ? `There are:\n${stages.map(knownLine).join("\n")}` : "The workspace holds none.";
  throw new StoreError(`Expected the id or name of one stage, got "${start}", which ${many}. ${known}`);
}

function called(start: string, stages: readonly StageRow[]): StageRow[] {
  const named = stages.filter(({ title }) => title === start);
  return named.length > 0 || start === "" ? named : stages.filter(({ id }) => id.startsWith(start));
}

function knownLine({ id, runId, name, title }: StageRow): string {
  return `  ${id} (${runId}, ${name}${title === null ? "" : `, called ${title}`})`;
}

/** What an id that cannot be taken stands for. */
function whatIs(start: string, store: Store, stages: readonly StageRow[], found: number): string {
  const [other, another] = stages.filter(({ id }) => start !== "" && id.startsWith(start));
  if (found > 0 || other === undefined || another !== undefined) return `which ${found} have`;
  if (other.progress === "finished") return `which is ${other.name}`;
  const line = lineThatMade(store, other.id);
  return `which is ${other.name} and not finished${line ? ` (to go on with it: ${typedLine(line, store.workspace.root)})` : ""}`;
}

/** What makes a stage, and what comes before it. */
const MAKERS: Readonly<Record<string, readonly string[]>> = {
  candidates: ["generate PROMPTS"],
  pairs: ["generate PROMPTS", "score CANDIDATES", "pair CANDIDATES"],
  "judge-samples": ["judge data"],
  "judge-states": ["judge data"],
  evaluation: ["evaluate CHECKPOINT"],
};

function makersOf(names: readonly string[], workspace: string): string {
  const lines = names.flatMap((name) => MAKERS[name] ?? []);
  const typed = [...new Set(lines)].map((line) => commandLine(line.split(" "), workspace)).join(", then ");
  return names.includes("pairs") ? `${typed}; or ${commandLine(["import", "PLACE"], workspace)}` : typed;
}

/** "evaluation" stands for evaluation-plain, evaluation-best-of-8 and so on. */
function fits(name: string, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}-`);
}

/** Whether a set is named by its file, also one that is not there: ids have neither dots nor slashes. */
export function namesFile(what: string): boolean {
  return existsSync(what) || /[./\\]/.test(what);
}
