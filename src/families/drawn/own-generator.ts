import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import { type DrawnModelsConfig, OWN_AUTOENCODER } from "../../config/schema/models.js";
import { ConfigError } from "../../errors.js";
import { type FindOutside, OUTSIDE } from "../../stages/checkpoints/find-checkpoint.js";

type OwnModels = Extract<DrawnModelsConfig, { family: "python" }>;

/** MODULE:FACTORY of the code, also where a checkpoint of it stands in the base's place. */
function codeOf({ base, tokenizer }: OwnModels): string {
  return tokenizer === OWN_AUTOENCODER ? base : tokenizer;
}

/** Whether a reference names the code itself, and no checkpoint that was trained of it. */
export function isOwnCode(asked: string, models: OwnModels): boolean {
  return [OWN_AUTOENCODER, codeOf(models), placeOf(models)].includes(asked);
}

/** FILE.py:FACTORY. */
function placeOf({ folder, ...models }: OwnModels): string {
  const [module = "", factory = ""] = codeOf({ folder, ...models }).split(":");
  return `${resolve(join(folder, `${module.replaceAll(".", "/")}.py`))}:${factory}`;
}

/** What a worker opens: code alone, or with a checkpoint that a trainer has left; a pipeline by its folder. */
export function generatorAt(folder: string, models: DrawnModelsConfig) {
  if (models.family !== "python" || folder === placeOf(models)) return { generator: folder };
  return { generator: placeOf(models), checkpoint: folder };
}

/** A person's own generator where it lies, FILE.py:FACTORY; known by the hash of its file. Throws ConfigError where it is not there. */
export async function ownGenerator(models: OwnModels, kind: CheckpointKind): ReturnType<FindOutside> {
  const { family } = models;
  const [base, place] = [codeOf(models), placeOf(models)];
  const file = place.slice(0, place.lastIndexOf(":"));
  if (!existsSync(file)) {
    throw new ConfigError(
      `Expected the generator ${base} in ${file}, got no such file: "models.folder" is what its module lies in.`,
    );
  }
  const id = identityOf(place, kind);
  const record = { kind, family, name: base, identity: id, released: base };
  const row = {
    id,
    kind,
    family,
    name: base,
    location: `${OUTSIDE}${place}`,
    parents: [],
    pairSetHash: null,
    record,
  };
  return { folder: place, row };
}

/** Of FILE.py:FACTORY, as its worker tells it; what decodes has none of its own, and is told apart. */
export function identityOf(place: string, kind: CheckpointKind): string {
  const at = place.lastIndexOf(":");
  const hash = createHash("sha256")
    .update(readFileSync(place.slice(0, at)))
    .update(`\n${place.slice(at + 1)}`);
  return kind === "generator" ? hash.digest("hex") : hash.update(`\n${kind}`).digest("hex");
}
