import { CheckpointError } from "../../errors.js";
import { type CheckpointPlaces, findCheckpoint } from "../../stages/checkpoints/find-checkpoint.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";

/** The tokenizer that turns a workspace's tokens into pixels. Throws CheckpointError when the workspace names none. */
export async function workspaceTokenizer(places: CheckpointPlaces): Promise<KnownCheckpoint> {
  const row = places.store?.checkpoints.list().find(({ kind }) => kind === "tokenizer");
  if (row !== undefined) return findCheckpoint(row.id, "tokenizer", places);
  throw new CheckpointError(
    `${places.store?.workspace.root ?? "The workspace"} names no tokenizer, so its images cannot be decoded. ` +
      "A run records the one it uses; begin with one.",
  );
}
