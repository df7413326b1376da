/**
 * Stops commands of every stage at moments spread over their work, as people and machines do it (Ctrl-C, SIGTERM, SIGKILL;
 * on a terminal and off it), starts the same line again until it ends, and checks that all of it ended as if nothing had
 * happened: the same rows, ids, files and hashes, nothing left over, no stack trace on the way.
 *
 *   npm run trial:kills [-- --kills 200 --seed 1 --stages generate,train --no-ray]
 */
import "../explain-faults.js";
import { parseArgs } from "node:util";
import { runCommand } from "./command.js";
import { type Blow, breakChain, SIGNALS } from "./kills/break-chain.js";
import { type Chain, type Prepared, prepareChains } from "./kills/chains.js";
import { type Essence, essenceOf, unlike } from "./kills/essence.js";
import { startCluster } from "./local-ray.js";
import { copyOf } from "./material.js";
import { type Chance, chanceOf } from "./random.js";
import { forget, openCache } from "./sandbox.js";
import { Tally } from "./tally.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "204" },
    seed: { type: "string", default: "1" },
    stages: { type: "string" },
    /** Leaves out the Ray cluster. */
    "no-ray": { type: "boolean", default: false },
    /** A single chain: STAGE:NUMBER. */
    only: { type: "string" },
  },
});

/** Blows to one chain at most: the same workspace is hit again and again. */
const BLOWS = 3;

process.exitCode = await main();

async function main(): Promise<0 | 1> {
  const cache = openCache();
  const tally = new Tally(`npm run trial:kills -- --seed ${values.seed}`);
  const met = new Map<string, number>();
  const cluster = values["no-ray"] ? undefined : await startCluster(120);
  try {
    const prepared = await prepareChains(cache, cluster?.address);
    const wanted = prepared.chains.filter(isWanted);
    const each = Math.ceil(Number(values.kills) / wanted.length);
    for (const chain of wanted) await breakStage(chain, prepared, { cache, tally, met, each });
  } finally {
    await cluster?.stop();
    forget(cache);
  }
  console.log("");
  for (const [blow, count] of [...met].sort()) console.log(`  ${blow}: ${count}`);
  return tally.report("kills");
}

interface Trial {
  readonly cache: string;
  readonly tally: Tally;
  /** Kills by signal and place. */
  readonly met: Map<string, number>;
  /** Kills of each stage. */
  readonly each: number;
}

async function breakStage(
  chain: Chain,
  prepared: Prepared,
  { cache, tally, met, each }: Trial,
): Promise<void> {
  const unbroken = await runUnbroken(chain, prepared, cache);
  console.log(`${chain.stage}: ${unbroken.seconds.toFixed(1)} s unbroken`);
  const turns = turnsOf(chanceOf(`${values.seed} ${chain.stage}`));
  let { seconds } = unbroken;
  let kills = 0;
  // A chain that meets no blow ended before it: many of those in a row mean that the command is too short.
  for (let number = 1, idle = 0; kills < each && idle < 8; number++) {
    const id = `${chain.stage}:${number}`;
    const blows = turns(Math.min(BLOWS, each - kills));
    if (values.only !== undefined && values.only !== id) {
      if (number > each) return;
      continue;
    }
    const sandbox = copyOf(prepared, cache);
    const chance = chanceOf(`${values.seed} ${id}`);
    const broken = await breakChain(chain, sandbox, { blows, chance, idle: unbroken.idle, seconds });
    // The machine was busier before: moments that lie behind the end of the command meet nothing.
    seconds = Math.min(seconds, broken.took ?? seconds);
    const different = broken.complaints.length > 0 ? [] : unlike(unbroken.essence, essenceOf(sandbox));
    const complaints = [...broken.complaints, ...different];
    for (const { signal, terminal } of broken.met) {
      const place = `${signal} ${terminal ? "on a terminal" : "off a terminal"}`;
      met.set(place, (met.get(place) ?? 0) + 1);
      tally.add(chain.stage, id, []);
    }
    if (complaints.length > 0) tally.add(chain.stage, id, complaints, broken.seen);
    kills += broken.met.length;
    idle = broken.met.length === 0 ? idle + 1 : 0;
    forget(sandbox.root);
    if (values.only === id) return;
  }
  if (kills < each && values.only === undefined) {
    tally.add(chain.stage, `${chain.stage}:all`, [`ended too soon to be killed more than ${kills} times`]);
  }
}

/** What the command takes and ends with when nothing meets it; `idle` seconds pass before any command does its work. */
async function runUnbroken(
  { stage, words }: Chain,
  prepared: Prepared,
  cache: string,
): Promise<{ readonly seconds: number; readonly idle: number; readonly essence: Essence }> {
  const sandbox = copyOf(prepared, cache);
  const { seconds: idle } = await runCommand(["--version"], { sandbox });
  const { code, seconds, out, errors } = await runCommand(words, { sandbox, limit: 900 });
  if (code !== 0) throw new Error(`The unbroken ${stage} ended with ${code}:\n${out}${errors}`);
  const essence = essenceOf(sandbox);
  forget(sandbox.root);
  return { seconds, idle: idle * 0.6, essence };
}

/** Every signal on and off a terminal, in turn, from a place that chance picks. */
function turnsOf(chance: Chance): (count: number) => Blow[] {
  const all = SIGNALS.flatMap((signal) => [true, false].map((terminal) => ({ signal, terminal })));
  let next = chance.below(all.length);
  return (count) =>
    Array.from({ length: count }, () => {
      next += 1;
      return all[next % all.length] as Blow;
    });
}

function isWanted({ stage }: Chain): boolean {
  const [only] = values.only?.split(":") ?? [];
  if (only !== undefined) return stage === only;
  return values.stages === undefined || values.stages.split(",").includes(stage);
}
