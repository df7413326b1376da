/**
 * Does to commands what machines and people do: damages files of the workspace, takes permissions and room, closes streams,
 * kills workers, starts commands twice and in the wrong order. Each is seeded and meets the real command in a process on a
 * workspace in which every stage has run. None may print a stack, hang, write beside its workspace, change the ledger when
 * it is refused, or end with 0 and a result that the undisturbed command does not give.
 *
 *   npm run trial:faults -- [--faults 400] [--seed 1] [--kind damage] [--lanes 2] [--untrained] [--only KIND:NUMBER,...]
 */
import "../explain-faults.js";
import { parseArgs } from "node:util";
import { order, places, room, streams, twice, workers } from "./faults/circumstances.js";
import { damage, permissions } from "./faults/damage.js";
import type { FaultMaker } from "./faults/fault.js";
import { FaultTrial } from "./faults/try-fault.js";
import { makeMaterial } from "./material.js";
import { chanceOf } from "./random.js";
import { forget, openCache } from "./sandbox.js";
import { Tally } from "./tally.js";

const MAKERS: Readonly<Record<string, FaultMaker>> = {
  ...{ damage, permissions, room, streams, places, order, twice, workers },
};
/** Kinds in the order in which they are tried; damage has by far the most to cover. */
const TURNS = [
  "damage",
  "permissions",
  "damage",
  "room",
  "damage",
  "streams",
  "damage",
  "places",
  "damage",
].concat(...[["order", "damage", "twice", "workers"]]);

const { values } = parseArgs({
  options: {
    faults: { type: "string", default: "400" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "2" },
    untrained: { type: "boolean", default: false },
    kind: { type: "string" },
    only: { type: "string" },
  },
});

const tally = new Tally(
  `npm run trial:faults -- --seed ${values.seed}${values.untrained ? " --untrained" : ""}`,
);
const cache = openCache();
try {
  const trial = new FaultTrial(await makeMaterial(cache, !values.untrained), cache);
  const ids = values.only?.split(",") ?? plannedIds();
  await Promise.all(Array.from({ length: Number(values.lanes) }, () => takeFaults(ids, trial)));
} finally {
  forget(cache);
}
console.log(`seed ${values.seed}`);
process.exitCode = tally.report("faults");

/** `KIND:NUMBER` of every fault. */
function plannedIds(): string[] {
  const turns = values.kind ? [values.kind] : TURNS;
  const counts = new Map<string, number>();
  return Array.from({ length: Number(values.faults) }, (_, at) => {
    const kind = turns[at % turns.length] as string;
    counts.set(kind, (counts.get(kind) ?? -1) + 1);
    return `${kind}:${counts.get(kind)}`;
  });
}

/** Takes faults from the front until none is left. */
async function takeFaults(waiting: string[], trial: FaultTrial): Promise<void> {
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const [kind = "", number = ""] = id.split(":");
    const maker = MAKERS[kind];
    if (maker === undefined)
      throw new Error(`Expected one of ${Object.keys(MAKERS).join(", ")}, got "${kind}".`);
    const fault = maker(chanceOf(`${values.seed} ${id}`), trial.material, Number(number));
    if (typeof fault === "string") {
      tally.skip(kind, fault);
      continue;
    }
    try {
      const { complaints, seen } = await trial.try(fault);
      tally.add(kind, id, complaints, seen);
    } catch (error) {
      tally.add(kind, id, [`cannot be tried: ${(error as Error).message}`]);
    }
  }
}
