import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { makeFolder } from "../../adapters/make-folder.js";
import { runOwnTrainer } from "../../adapters/python/index.js";
import { filesIn, isSealed, sealCheckpoint } from "../../adapters/seal-checkpoint.js";
import { endingOf } from "../../config/formats.js";
import { DRAWN_FAMILIES } from "../../config/schema/models.js";
import { TrainerError } from "../../errors.js";
import type { ProgressTask } from "../../records/progress.js";
import { someOf } from "../../records/some-of.js";
import type { StagePlace } from "../running/stage-place.js";
import { hash32 } from "../seeds.js";
import { eventsFile } from "./event-files.js";
import type { TrainingParams } from "./training-inputs.js";

/** The words of a command that stand for something. */
const PLACES = ["pairs", "checkpoint", "output", "settings", "seed", "round"] as const;

/**
 * Has a program of the user's train in place of ours. It is given the pairs in the layout that was asked for, what training starts
 * from, and a folder for what it leaves, in which it finds what an interrupted call of it has left. Throws TrainerError when it fails
 * or leaves nothing.
 */
export async function trainByCommand(
  place: StagePlace,
  params: TrainingParams,
  { task, location }: { readonly task: ProgressTask; readonly location: string },
): Promise<void> {
  const { store, signal } = place;
  const { command, trackers } = params.settings;
  const folder = join(store.workspace.root, location);
  const work = `${folder}.work`;
  const places = await prepared(place, params, work);
  const log = join(store.workspace.root, eventsFile(location));
  writeFileSync(log, "");
  let step = 0;
  const onMetrics = (metrics: Readonly<Record<string, unknown>>) => {
    step = typeof metrics["step"] === "number" ? metrics["step"] : step + 1;
    writeFileSync(log, `${JSON.stringify({ event: "step-end", ...metrics, step })}\n`, { flag: "a" });
    task.advance(1, Number.isFinite(metrics["loss"]) ? `loss ${Number(metrics["loss"]).toFixed(3)}` : "");
  };
  const words = (command ?? []).map((word) => filled(word, places));
  const logFile = `${folder}.log`;
  await runOwnTrainer(words, { onMetrics, logFile, tools: trackers, ...(signal ? { signal } : {}) });
  seal(params, { place, output: places.output, name: basename(location) });
  // Beside the record, not in it: a checkpoint is known by what it does.
  if (!existsSync(join(places.output, "events.jsonl")))
    copyFileSync(log, join(places.output, "events.jsonl"));
  rmSync(folder, { recursive: true, force: true });
  renameSync(places.output, folder);
  rmSync(places.pairs, { recursive: true, force: true });
}

/** Writes what the program is given. */
async function prepared({ round }: StagePlace, params: TrainingParams, work: string) {
  const { settings, policy, seed } = params;
  const { pairsLayout } = settings;
  const places = {
    pairs: join(work, `pairs${endingOf(pairsLayout)}`),
    checkpoint: policy.folder,
    output: join(work, "output"),
    settings: join(work, "settings.json"),
    seed: String(hash32(seed, "training", round)),
    round: String(round),
  };
  makeFolder(places.output);
  rmSync(places.pairs, { recursive: true, force: true });
  await params.exportPairs(pairsLayout, places.pairs);
  writeFileSync(places.settings, `${JSON.stringify(settings, null, 2)}\n`);
  return places;
}

function filled(word: string, places: Readonly<Record<(typeof PLACES)[number], string>>): string {
  return PLACES.reduce((made, name) => made.replaceAll(`{${name}}`, places[name]), word);
}

/** Makes a checkpoint of what the program has left. */
function seal(
  { policy, settings, pairs }: TrainingParams,
  { place, output, name }: { readonly place: StagePlace; readonly output: string; readonly name: string },
): void {
  if (filesIn(output).length === 0)
    throw new TrainerError(
      `The trainer that training.command names ended well and left nothing in ${output}: expected a checkpoint there ({output} names the folder).`,
    );
  if (isSealed(output)) return;
  const family = place.store.checkpoints.find(policy.identity)?.family ?? "";
  if (!DRAWN_FAMILIES.some((one) => one === family))
    throw new TrainerError(
      `Expected the trainer to leave a checkpoint of the family ${family}, with its checkpoint.json, in ${output}; got ${someOf(filesIn(output), 3, output)}.`,
    );
  const { identity, folder } = policy;
  const training = { method: "command", command: settings.command, pairs: pairs.map(({ id }) => id) };
  sealCheckpoint(output, { family, name, parent: { identity, folder }, training });
}
