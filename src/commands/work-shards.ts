import { MOST } from "../config/limits.js";
import { defineCommand, number } from "./command.js";

/** Not for people: executors start it, on this machine and on others. */
export const workShards = defineCommand({
  name: "work-shards",
  summary: "compute shards: tasks as JSON lines on standard input, receipts on standard output",
  examples: [],
  hidden: true,
  positionals: [],
  flags: { threads: number("threads within one operation of a model", { least: 1, most: MOST.threads }, 1) },
  async run(_words, { threads }, { signal, lines, print }) {
    const { workShards: work } = await import("../runner/worker/work-shards.js");
    const done = await work(lines(), print, { threads, signal });
    return { data: { done }, text: "" };
  },
});
