import { nearestName } from "../config/nearest-name.js";
import { ConfigError } from "../errors.js";
import type { RoundStatus, RunStatus, StageStatus } from "../runner/status.js";
import { defineCommand } from "./command.js";

export const status = defineCommand({
  name: "status",
  summary: "say how far the runs of a workspace are",
  examples: ["espalier status", "espalier status quickstart --json"],
  positionals: [{ name: "run", describe: "one run instead of all", required: false }],
  flags: {},
  async run([name], _flags, { workspace }) {
    const { statusOf } = await import("../runner/status.js");
    const found = statusOf(workspace);
    const runs = name === undefined ? found.runs : [runNamed(name, found.runs)];
    const rows = Object.entries(found.counts).map(
      ([table, count]) => `${count} ${table.replaceAll("_", " ")}`,
    );
    const head = `${found.workspace}: ${rows.join(", ")}`;
    return { data: { ...found, runs }, text: [head, ...runs.map(describeRun)].join("\n\n") };
  },
});

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

function describeRun({ run, pipeline, progress, message, rounds, stages }: RunStatus): string {
  const lines = rounds.flatMap((round) => [
    describeRound(round),
    ...stages.filter((stage) => stage.round === round.number).map(describeStage),
  ]);
  const note = message ? `: ${message}` : "";
  const cure = progress === "finished" ? [] : [`  Go on with: espalier run ${pipeline}`];
  return [`${run} (${pipeline}): ${progress}${note}`, ...lines, ...cure].join("\n");
}

function describeRound({ number, promoted }: RoundStatus): string {
  return `  ${number === 0 ? "base" : `round ${number}`}${promoted === false ? " (not promoted)" : ""}`;
}

function describeStage({ name, progress, shards, message }: StageStatus): string {
  const done = `${shards.done} of ${shards.planned ?? "?"} shards`;
  return `    ${name.padEnd(24)} ${progress.padEnd(9)} ${done}${message ? `, ${message}` : ""}`;
}
