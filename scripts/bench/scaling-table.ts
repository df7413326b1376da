/**
 * Writes the table of docs/scaling.md: how long one round would take on 1 to 1,024 workers, simulated from the costs of
 * shards that a workspace has measured.
 *
 *   npx tsx scripts/bench/scaling-table.ts --workspace WORKSPACE [--images 1000000] [--shard-images 256]
 */
import "../explain-faults.js";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openStore } from "../../src/adapters/store/index.js";
import { duration } from "../../src/commands/plain-output.js";
import { workspacePaths } from "../../src/paths.js";
import { timesOf } from "../../src/runner/scaling/estimate-run.js";
import { OVERHEAD } from "../../src/runner/scaling/overhead.js";
import { simulate } from "../../src/runner/scaling/simulate.js";

/** Steps of the round's training, and images of its evaluation. */
const TRAINING_STEPS = 1000;
const EVALUATED = 6000;

const { values } = parseArgs({
  options: {
    workspace: { type: "string" },
    images: { type: "string", default: "1000000" },
    "shard-images": { type: "string", default: "256" },
  },
});
const [images, shardImages] = [Number(values.images), Number(values["shard-images"])];
const store = openStore(workspacePaths(values.workspace ?? "workspace"), { readOnly: true });
const measured = store.shards.measured();
store.close();

const rate = (name: string): number => {
  const found = measured.find((one) => one.name === name);
  if (found === undefined)
    throw new Error(`No measured ${name} in ${values.workspace}: run a pipeline there first.`);
  return found.seconds / found.units;
};
const stages = [
  timesOf("candidates", rate("candidates"), images, shardImages),
  timesOf("scores", rate("scores"), images, shardImages),
  { name: "training", shards: [], alone: rate("training") * TRAINING_STEPS },
  timesOf("evaluation-plain", rate("evaluation-plain"), EVALUATED, shardImages),
];

const rows = Array.from({ length: 11 }, (_, power) => simulate(stages, 2 ** power, OVERHEAD));
const [alone] = rows as [(typeof rows)[number]];
const lines = rows.map(({ workers, seconds, used, paid, limit }) => {
  const faster = (alone.seconds / seconds).toFixed(1);
  return `| ${workers} | ${duration(seconds)} | ${faster} | ${((used / paid) * 100).toFixed(0)}% | ${limit} |`;
});
const rates = stages.map(({ name }) => `${name} ${(rate(name) * 1000).toFixed(1)} ms`).join(", ");
const table = [
  `One round of ${images} candidates in shards of ${shardImages}, ${TRAINING_STEPS} training steps and ${EVALUATED} images evaluated; measured costs a unit: ${rates}.`,
  "",
  "| workers | time | times faster | workers busy | what takes longest |",
  "|---|---|---|---|---|",
  ...lines,
].join("\n");
const file = "docs/scaling.md";
const [BEGIN, END] = ["<!-- table -->", "<!-- end of table -->"];
const text = readFileSync(file, "utf8");
const [before, after] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
writeFileSync(file, `${text.slice(0, before)}\n${table}\n${text.slice(after)}`);
console.log(table);
