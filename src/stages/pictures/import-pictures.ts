import { join } from "node:path";
import { writePictures } from "../../adapters/arrow/index.js";
import type { Spool, StageRow } from "../../adapters/store/index.js";
import { shardFile } from "../../paths.js";
import type { PictureFiles } from "../../pictures/picture-files.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import type { SpooledPicture } from "./spool-pictures.js";

export interface ImportPicturesParams {
  readonly spool: Spool<SpooledPicture>;
  /** Of all pictures, as `spoolPictures` gives it. */
  readonly hash: string;
  /** Who drew them. */
  readonly source: { readonly id: string; readonly name: string };
  readonly files: PictureFiles;
  readonly shardImages: number;
}

/** Brings pictures that were read and found good into the ledger, as a candidates stage. The same ones make the same stage. */
export async function importPictures(place: StagePlace, params: ImportPicturesParams): Promise<StageRow> {
  const { store } = place;
  const { spool, hash, source, shardImages: size } = params;
  return runStage(place, {
    name: "candidates",
    inputs: { pictures: hash, from: source.name, checkpoint: source.id },
    shards: Math.ceil(spool.length / size),
    reads: () => [],
    unit: "pictures",
    unitsOf: (index) => Math.min(size, spool.length - index * size),
    shard: async (index, stage, task) => {
      const pictures = spool.read(index * size, size);
      const file = shardFile(stage, index);
      const written = await writePictures(join(store.workspace.root, file), rowsOf(pictures, params.files));
      store.shards.commit(stage.id, index, { ...written, file }, (writer) => {
        writer.prompts(distinctPrompts(pictures));
        writer.pictures(pictures.map(({ candidate }) => candidate));
      });
      task.advance(pictures.length);
    },
    summary: (stage) => ({ candidates: store.shards.progress(stage.id).rows, from: source.name }),
  });
}

function* rowsOf(pictures: readonly SpooledPicture[], files: PictureFiles) {
  for (const { candidate, prompt } of pictures) {
    const { checkpoint: _, ...row } = candidate;
    yield { ...row, prompt: prompt.text, path: files.path(candidate.picture) };
  }
}

function distinctPrompts(pictures: readonly SpooledPicture[]) {
  return new Map(pictures.map(({ prompt }) => [prompt.id, prompt])).values();
}
