import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CheckpointKind } from "../../adapters/checkpoint-record.js";
import type { DrawnModelsConfig } from "../../config/schema/models.js";
import { ConfigError } from "../../errors.js";
import { type FindOutside, OUTSIDE } from "../../stages/checkpoints/find-checkpoint.js";

/** A person's own generator where it lies, FILE.py:FACTORY; known by the hash of its file. Throws ConfigError where it is not there. */
export async function ownGenerator(
  { base, folder, family }: Extract<DrawnModelsConfig, { family: "python" }>,
  kind: CheckpointKind,
): ReturnType<FindOutside> {
  const [module = "", factory = ""] = base.split(":");
  const file = resolve(join(folder, `${module.replaceAll(".", "/")}.py`));
  if (!existsSync(file)) {
    throw new ConfigError(
      `Expected the generator ${base} in ${file}, got no such file: "models.folder" is what its module lies in.`,
    );
  }
  const place = `${file}:${factory}`;
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
