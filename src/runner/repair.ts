import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { openStore } from "../adapters/store/index.js";
import { StoreError } from "../errors.js";
import { childEnvironment } from "../machine/child-environment.js";
import { LAYOUT } from "../machine/layout.js";
import { resolveInside, workspacePaths } from "../paths.js";
import { commandLine } from "../records/command-line.js";
import { type GivenLine, typedLine } from "../stages/running/stage-command.js";
import { type Damage, damageOf, leftoversOf } from "../stages/running/workspace-damage.js";

/** A line to be given again, and what of the workspace it makes. */
export interface RepairStep {
  readonly line: string;
  readonly makes: readonly string[];
}

/** What is wrong with a workspace, and what will be done about it. */
export interface RepairPlan {
  readonly damaged: readonly Omit<Damage, "line">[];
  readonly steps: readonly RepairStep[];
  /** What no line that is known makes again, with what a person can do. */
  readonly beyond: readonly { readonly place: string; readonly cure: string }[];
  /** What is removed. */
  readonly leftovers: readonly string[];
}

/** Looks at every file that the ledger knows. Nothing is written. */
export async function planRepair(workspace: string): Promise<RepairPlan> {
  const { damage, leftovers } = await lookAt(workspace);
  const known = damage.flatMap(({ place, line }) =>
    canBeGiven(line) ? [{ place, line: typedLine(line, workspace) }] : [],
  );
  const lines = [...new Set(known.map(({ line }) => line))];
  const makes = (typed: string) => known.filter(({ line }) => line === typed).map(({ place }) => place);
  return {
    damaged: damage.map(({ place, said, stage }) => ({ place, said, stage })),
    steps: lines.map((line) => ({ line, makes: makes(line) })),
    beyond: damage
      .filter(({ line }) => !canBeGiven(line))
      .map((one) => ({ place: one.place, cure: cureOf(one, workspace) })),
    leftovers,
  };
}

/** Whether the folder in which it was given, from which its files are named, is still there. */
function canBeGiven(line: GivenLine | null): line is GivenLine {
  return line !== null && existsSync(line.folder);
}

function cureOf({ stage, line, isPicture }: Damage, workspace: string): string {
  if (isPicture) {
    const again = commandLine(["import-images", "PLACE", "--from", "NAME"], workspace);
    return `bring the picture back as it was, or import it from where it is now: ${again}`;
  }
  if (stage === null) return "it was brought from elsewhere: name its folder again, and it is copied again";
  if (line === null) return `the line that made ${stage} is not kept: give it again as it was given`;
  return `the folder ${line.folder} is gone: give the line from where its files are now: ${commandLine(line.words, workspace)}`;
}

/** Gives the lines again whose files are not whole, in their order, and removes what is left over. Returns what is wrong then. */
export async function repair(
  workspace: string,
  options: { readonly announce: (line: string) => void; readonly signal: AbortSignal },
): Promise<RepairPlan> {
  const { damage, leftovers } = await lookAt(workspace, true);
  const { root } = workspacePaths(workspace);
  for (const one of leftovers) rmSync(resolveInside(root, one), { recursive: true, force: true });
  const given = new Set<string>();
  for (const { line } of damage) {
    if (!canBeGiven(line)) continue;
    const typed = typedLine(line, workspace);
    if (given.has(typed) || (await isWhole(workspace, typed))) continue;
    given.add(typed);
    options.signal.throwIfAborted();
    options.announce(`Giving again: ${typed}`);
    await give(line, root, options);
  }
  return planRepair(workspace);
}

/** Whether a line before it has made all that this one makes. */
async function isWhole(workspace: string, typed: string): Promise<boolean> {
  return (await planRepair(workspace)).steps.every(({ line }) => line !== typed);
}

async function lookAt(workspace: string, isToWrite = false) {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    if (isToWrite && store.isWritten())
      throw new StoreError(
        `Another process writes to ${workspace} now: a repair would be in its way. Wait for its end, then give this again.`,
      );
    return { damage: await damageOf(store), leftovers: leftoversOf(store) };
  } finally {
    store.close();
  }
}

/** The command in a process of its own, in the folder where it was given first; what it says goes on. */
function give(
  { words, folder }: GivenLine,
  root: string,
  { announce, signal }: { readonly announce: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const line = [LAYOUT.program, ...words, "--workspace", root];
    const child = spawn(process.execPath, line, {
      cwd: folder,
      env: childEnvironment(),
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.on("data", (said: Buffer) => announce(said.toString().trimEnd()));
    const stop = () => child.kill("SIGINT");
    signal.addEventListener("abort", stop);
    child.on("error", reject);
    child.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}
