import { join } from "node:path";
import { type AnyPairRow, type PictureSide, writePairs } from "../../adapters/arrow/index.js";
import {
  type LocatedPicture,
  type NewPair,
  pairId,
  type Spool,
  type StageRow,
  type Store,
} from "../../adapters/store/index.js";
import { shardFile } from "../../paths.js";
import type { PictureFiles } from "../../pictures/picture-files.js";
import { type ImportPicturesParams, importPictures } from "../pictures/import-pictures.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import type { SpooledComparison, SpooledPreferences } from "./spool-preferences.js";

export interface ImportPicturePairsParams
  extends Pick<ImportPicturesParams, "source" | "files" | "shardImages"> {
  readonly spooled: SpooledPreferences;
  readonly format: string;
}

/** Pairs of one shard. */
const SHARD_PAIRS = 256;

/**
 * Brings preferences among pictures into the ledger: the pictures as a candidates stage, their pairs as a pairs stage, their ties, if any,
 * as a stage "ties". Returns the pairs stage.
 */
export async function importPicturePairs(
  place: StagePlace,
  params: ImportPicturePairsParams,
): Promise<StageRow> {
  const { spooled, source, files, shardImages } = params;
  const candidates = await importPictures(place, { ...spooled.pictures, source, files, shardImages });
  const { ties, pairs } = spooled;
  const tied =
    ties.length > 0
      ? await importCompared(place, params, { name: "ties", spool: ties, candidates })
      : undefined;
  return importCompared(place, params, { name: "pairs", spool: pairs, candidates, tied });
}

interface Part {
  readonly name: "pairs" | "ties";
  readonly spool: Spool<SpooledComparison>;
  readonly candidates: StageRow;
  readonly tied?: StageRow | undefined;
}

function importCompared(place: StagePlace, params: ImportPicturePairsParams, part: Part): Promise<StageRow> {
  const { store } = place;
  const { format, files, spooled } = params;
  const { name, spool, candidates, tied } = part;
  return runStage(place, {
    name,
    inputs: { candidates: candidates.id, format, preferences: spooled.hash },
    shards: Math.ceil(spool.length / SHARD_PAIRS),
    reads: () => store.shards.list(candidates.id),
    unit: name,
    unitsOf: (index) => Math.min(SHARD_PAIRS, spool.length - index * SHARD_PAIRS),
    shard: async (index, stage, task) => {
      const group = spool.read(index * SHARD_PAIRS, SHARD_PAIRS);
      const file = shardFile(stage, index);
      const rows = group.map((one) => fileRow(store, files, one));
      const written = await writePairs(join(store.workspace.root, file), rows, { pictures: "referred" });
      store.shards.commit(stage.id, index, { ...written, file }, (writer) =>
        writer.pairs(group.map((one) => ledgerRow(one, format))),
      );
      task.advance(group.length);
    },
    summary: (stage) => ({
      [name]: store.shards.progress(stage.id).rows,
      ...(tied ? { ties: { count: tied.summary?.["ties"] ?? 0, stage: tied.id } } : {}),
      ...(Object.keys(spooled.leftOut).length > 0 ? { leftOut: spooled.leftOut } : {}),
      pairSet: store.pairs.setHash(stage.id),
    }),
  });
}

function fileRow(store: Store, files: PictureFiles, comparison: SpooledComparison): AnyPairRow {
  const { prompt, chosenId, rejectedId, chosenScore, rejectedScore } = comparison;
  const sideOf = (id: string, score: number): PictureSide => {
    const { seed, picture, metadata } = store.candidates.find(id) as LocatedPicture;
    const place = { sha256: picture.sha256, path: files.path(picture) };
    return { id, seed, score, metadata, picture: place, encoded: () => files.bytes(picture) };
  };
  return {
    id: pairId(chosenId, rejectedId),
    prompt: prompt.text,
    tag: prompt.metadata?.tag ?? "",
    text: new Uint16Array(),
    margin: chosenScore - rejectedScore,
    chosen: sideOf(chosenId, chosenScore),
    rejected: sideOf(rejectedId, rejectedScore),
  };
}

function ledgerRow({ prompt, ...compared }: SpooledComparison, format: string): NewPair {
  const { chosenScore, rejectedScore } = compared;
  const margin = chosenScore - rejectedScore;
  return { ...compared, promptId: prompt.id, margin, policy: `imported ${format}` };
}
