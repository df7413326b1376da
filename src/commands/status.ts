import { setTimeout } from "node:timers/promises";
import { nearestName } from "../config/nearest-name.js";
import { ConfigError } from "../errors.js";
import { BY_HAND, commandLine } from "../records/command-line.js";
import type { RoundStatus, RunStatus, StageStatus } from "../runner/inspection/status.js";
import { defineCommand, toggle } from "./command.js";
import { duration } from "./plain-output.js";

export const status = defineCommand({
  name: "status",
  summary: "say how far the runs of a workspace are",
  examples: ["espalier status", "espalier status quickstart --json", "espalier status --follow"],
  positionals: [{ name: "run", describe: "one run instead of all", required: false }],
  flags: { follow: toggle("say what changed every few seconds, until nothing runs") },
  async run([name], { follow }, { workspace, announce, signal }) {
    const { statusOf } = await import("../runner/inspection/status.js");
    if (follow) await followRuns(() => statusOf(workspace).runs, name, announce, signal);
    const found = statusOf(workspace);
    const runs = name === undefined ? found.runs : [runNamed(name, found.runs)];
    const rows = Object.entries(found.counts)
      .filter(([, count]) => count > 0)
      .map(([table, count]) => `${count} ${table.replaceAll("_", " ")}`);
    const head = `${found.workspace}: ${rows.join(", ") || "empty"}`;
    return {
      data: { ...found, runs },
      text: [head, ...runs.map((run) => describeRun(run, workspace))].join("\n\n"),
    };
  },
});

/** Announces the stages under way when something of them changed, until no run is running. */
async function followRuns(
  look: () => readonly RunStatus[],
  name: string | undefined,
  announce: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let said: readonly string[] = [];
  for (;;) {
    const runs = name === undefined ? look() : [runNamed(name, look())];
    const running = runs.filter(({ progress }) => progress === "running");
    if (running.length === 0) return;
    const lines = running.flatMap(({ run, stages }) =>
      stages
        .filter(({ progress }) => progress === "running")
        .map(
          (stage) => `${run}, round ${stage.round}: ${stage.name} ${stage.id.slice(0, 12)}, ${howFar(stage)}`,
        ),
    );
    for (const line of lines) if (!said.includes(line)) announce(line);
    said = lines;
    await setTimeout(FOLLOW_MILLISECONDS, undefined, { signal });
  }
}

const FOLLOW_MILLISECONDS = 2000;

function runNamed(name: string, runs: readonly RunStatus[]): RunStatus {
  const found = runs.find(({ run }) => run === name);
  if (found) return found;
  const known = runs.map(({ run }) => run);
  const near = nearestName(name, known);
  throw new ConfigError(
    `Expected the name of a run in this workspace, got "${name}"` +
      (near ? `; did you mean "${near}"? Known: ${known.join(", ")}.` : "; it holds none."),
  );
}

function describeRun(
  { run, pipeline, progress, message, rounds, stages }: RunStatus,
  workspace: string,
): string {
  const lines = rounds.flatMap((round) => [
    describeRound(round),
    ...stages.filter((stage) => stage.round === round.number).map(describeStage),
  ]);
  const note = message ? `: ${message}` : "";
  // Stages used alone have no pipeline: their own command goes on.
  const isDone = progress === "finished" || run === BY_HAND;
  const cure = isDone ? [] : [`  Go on with: ${commandLine(["run", pipeline], workspace)}`];
  return [`${run} (${pipeline}): ${progress}${note}`, ...lines, ...cure].join("\n");
}

function describeRound({ number, promoted, judge }: RoundStatus): string {
  const name = `${number === 0 ? "base" : `round ${number}`}${promoted === false ? " (not promoted)" : ""}`;
  if (judge === null) return `  ${name}`;
  const { before, after } = judge.heldOut;
  const auc = (value: number | null) => value?.toFixed(3) ?? "unknown";
  const use = judge.kept ? "" : ", not used";
  return `  ${name}, judge tuned to ${judge.tuned.slice(0, 12)}: AUC within prompts ${auc(before.auc)}, then ${auc(after.auc)}${use}`;
}

/** Name, id and how far on a line; below it, what it was told to do and what went wrong. */
function describeStage(stage: StageStatus): string {
  const { name, title, id, progress, note, settings, message, goOn } = stage;
  const called = title === null ? name : `${name} ${title}`;
  const below = [
    settings.join(", "),
    note ?? "",
    message ?? "",
    goOn === null ? "" : `go on with: ${goOn}`,
  ].filter((line) => line !== "");
  const head = `    ${called.padEnd(24)} ${id.slice(0, 12)}  ${progress.padEnd(11)} ${howFar(stage)}${timesOf(stage)}`;
  return [head.trimEnd(), ...below.map((line) => `        ${line}`)].join("\n");
}

/** What it came to once it is finished, else how far it is: "25 of 72 images, 5.30 images/s, 9 s left". */
function howFar({ progress, counts, advance, shards, faults, pace }: StageStatus): string {
  const { done, planned } = shards;
  const retries = faults.tries - faults.setAside;
  const failed = faults.tries > 0 ? [`${retries} tried again`, `${faults.setAside} set aside`] : [];
  if (progress === "finished" && counts.length > 0) return [...counts, ...failed].join(", ");
  const ofShards = `${done} of ${planned ?? "?"} shards`;
  if (advance === null) {
    const rate = pace
      ? [`${pace.shardsPerSecond.toFixed(2)} shards/s`, `${duration(pace.secondsLeft)} left`]
      : [];
    return [ofShards, ...rate, ...failed].join(", ");
  }
  const { unit, total, perSecond, secondsLeft, detail } = advance;
  const rate =
    progress === "running" && perSecond !== null && secondsLeft !== null
      ? [`${perSecond.toFixed(2)} ${unit}/s`, `${duration(secondsLeft)} left`]
      : [];
  const more = [planned === 1 ? "" : ofShards, ...rate, detail, ...failed];
  return [`${advance.done} of ${total} ${unit}`, ...more].filter((part) => part !== "").join(", ");
}

function timesOf({ progress, startedAt, seconds }: StageStatus): string {
  const began = new Date(startedAt).toISOString().slice(0, 16).replace("T", " ");
  const took = progress === "finished" && seconds > 0 ? ` in ${duration(seconds)}` : "";
  return `${took}, begun ${began} UTC`;
}
