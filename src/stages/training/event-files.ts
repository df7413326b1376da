import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SamplesJudged } from "./over-optimisation.js";

/** The trainer's own log of a training whose checkpoint lies at `location`. */
export function eventsFile(location: string): string {
  return `${location}.work/events.jsonl`;
}

/** What the sample images were judged to be; beside the trainer's log. */
export function judgedFile(location: string): string {
  return `${location}.work/samples-judged.jsonl`;
}

/** A training's event files as artifacts of the workspace; what was judged of its samples is written first. */
export function eventFiles(root: string, location: string, judged: readonly SamplesJudged[]) {
  if (judged.length > 0) {
    const lines = judged.map((event) => `${JSON.stringify(event)}\n`);
    writeFileSync(join(root, judgedFile(location)), lines.join(""));
  }
  return [eventsFile(location), judgedFile(location)].flatMap((file) => {
    if (!existsSync(join(root, file))) return [];
    const content = readFileSync(join(root, file));
    const sha256 = createHash("sha256").update(content).digest("hex");
    return [{ kind: "training-events", file, sha256, bytes: content.length }];
  });
}

/** Events of a file of JSON lines, without one that is still being written; none where there is no file. */
export function eventsIn(file: string): Record<string, unknown>[] {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
}
