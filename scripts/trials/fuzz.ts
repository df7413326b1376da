/**
 * Gives the program seeded inputs that people and machines get wrong: prompt files, preference files, pipelines, checkpoints,
 * flags, ids, SQL, repositories of the Hub and requests to the review page. Every fifth goes through the real command in a
 * process, the others through its door. None may print a stack, hang, write beside its workspace, or change the ledger when
 * it is refused.
 *
 *   npm run trial:fuzz -- [--inputs 2300] [--seed 1] [--kind sql] [--lanes 2] [--only KIND:NUMBER]
 */
import "../explain-faults.js";
import { parseArgs } from "node:util";
import { HubServer, TOKEN } from "../../test/fixtures/hub/hub-server.js";
import { runCommand } from "./command.js";
import { checkpoints, imports } from "./fuzz/files.js";
import type { FuzzMaker } from "./fuzz/fuzz-case.js";
import { pipelines } from "./fuzz/pipelines.js";
import { promptFiles } from "./fuzz/prompts.js";
import { pulls } from "./fuzz/pulls.js";
import { tryRequests } from "./fuzz/requests.js";
import { Lane } from "./fuzz/start-lane.js";
import { tryCase } from "./fuzz/try-case.js";
import { flags, identities, sql } from "./fuzz/words.js";
import { copyOf, type Material, makeMaterial } from "./material.js";
import { chanceOf } from "./random.js";
import { forget, openCache } from "./sandbox.js";
import { Tally } from "./tally.js";

const MAKERS: Readonly<Record<string, FuzzMaker>> = {
  prompts: promptFiles,
  ...{ imports, pipelines, checkpoints, flags, ids: identities, sql, pull: pulls },
};
const KINDS = [...Object.keys(MAKERS), "review"];
/** One input of so many goes through the real command. */
const THROUGH_COMMAND = 5;

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "2300" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "2" },
    kind: { type: "string" },
    only: { type: "string" },
  },
});

const tally = new Tally(`npm run trial:fuzz -- --seed ${values.seed}`);
const cache = openCache();
const hub = await new HubServer().open();
let commands = 0;
try {
  const material = await makeMaterial(cache, false);
  const ids = values.only ? [values.only] : plannedIds();
  const requests = ids.filter((id) => id.startsWith("review:"));
  const inputs = ids.filter((id) => !requests.includes(id));
  await Promise.all(Array.from({ length: Number(values.lanes) }, () => takeInputs(inputs, material)));
  if (requests.length > 0) await takeRequests(requests, material);
} finally {
  await hub.close();
  forget(cache);
}
console.log(`seed ${values.seed}, ${commands} through the real command`);
process.exitCode = tally.report("inputs");

/** `KIND:NUMBER` of every input, the kinds in turn. */
function plannedIds(): string[] {
  const kinds = values.kind ? [values.kind] : KINDS;
  return Array.from({ length: Number(values.inputs) }, (_, at) => {
    return `${kinds[at % kinds.length]}:${Math.floor(at / kinds.length) + 1}`;
  });
}

/** Takes inputs from the front until none is left, in a sandbox of its own. */
async function takeInputs(waiting: string[], material: Material): Promise<void> {
  const sandbox = copyOf(material, cache);
  const environment = { HF_ENDPOINT: hub.url, HF_TOKEN: TOKEN };
  const lane = new Lane(sandbox, environment);
  for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
    const [kind = "", number = ""] = id.split(":");
    const maker = MAKERS[kind];
    if (maker === undefined) throw new Error(`Expected one of ${KINDS.join(", ")}, got "${kind}".`);
    const input = maker(chanceOf(`${values.seed} ${id}`), material, `fuzz-${kind}-${number}`);
    const asCommand = Number(number) % THROUGH_COMMAND === 0;
    commands += asCommand ? 1 : 0;
    const run = asCommand
      ? (words: readonly string[], limit?: number) =>
          runCommand(words, { sandbox, environment, ...(limit === undefined ? {} : { limit }) })
      : (words: readonly string[], limit?: number) => lane.run(words, limit);
    const { complaints, seen } = await tryCase(input, { sandbox, hub, run });
    tally.add(kind, id, complaints, seen);
  }
  lane.close();
}

async function takeRequests(ids: readonly string[], material: Material): Promise<void> {
  commands += ids.length;
  await tryRequests(ids, {
    sandbox: copyOf(material, cache),
    pairs: material.ids["pairs"] as string,
    hear: (id, complaints, seen) => tally.add("review", id, complaints, seen),
  });
}
