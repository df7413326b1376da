import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  type AnyPairRow,
  knownFile,
  readAnyPairs,
  shapeOfPair,
  writePairs,
} from "../../adapters/arrow/index.js";
import {
  type NewPair,
  pairId,
  type StageRow,
  type Store,
  type StoredPair,
} from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import { shardFile } from "../../paths.js";
import { pictureBytes } from "../../pictures/picture-bytes.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { type Decision, decisionOn } from "./decisions.js";

export interface DecideParams {
  /** A finished pairs stage. */
  readonly pairs: StageRow;
  /** What happens to pairs that too few people answered on. */
  readonly undecided: "keep" | "drop";
  /** Answers, skips not counted, from which people decide. */
  readonly least: number;
}

/**
 * Makes the pair set that people's answers leave of another one: accepted pairs as they were, overruled ones turned
 * round, ties and disagreements left out. The other set is not touched; what was decided is part of the new one's identity.
 */
export async function decidePairs(place: StagePlace, params: DecideParams): Promise<StageRow> {
  const { store } = place;
  const { pairs, undecided, least } = params;
  const shards = store.shards.list(pairs.id);
  const { counts, hash } = decided(store, params);
  return runStage(place, {
    name: "pairs-decided",
    inputs: { pairs: pairs.id, decidedBy: "people", undecided, least, decisions: hash },
    shards: shards.length,
    reads: () => shards,
    unit: "pairs",
    unitsOf: (index) => shards[index]?.rows ?? 0,
    shard: async (index, stage, task) => {
      await writeShard(store, params, index, stage);
      task.advance(shards[index]?.rows ?? 0);
    },
    summary: (stage) => {
      const { rows } = store.shards.progress(stage.id);
      return { pairs: rows, ...counts, pairSet: store.pairs.setHash(stage.id) };
    },
  });
}

/** How many pairs fared how, and a hash of every decision: the same answers make the same set. */
function decided(store: Store, { pairs, least }: DecideParams) {
  const hash = createHash("sha256");
  const counts: Record<Decision, number> = { accepted: 0, swapped: 0, dropped: 0, undecided: 0 };
  for (const reviewed of store.reviews.reviewed(pairs.id)) {
    const decision = decisionOn(reviewed, least);
    if (decision === "undecided") continue;
    counts[decision] += 1;
    hash.update(`${reviewed.pair.id} ${decision}\n`);
  }
  const { rows } = store.shards.progress(pairs.id);
  const undecided = rows - counts.accepted - counts.swapped - counts.dropped;
  return { counts: { ...counts, undecided }, hash: hash.digest("hex") };
}

async function writeShard(store: Store, params: DecideParams, index: number, stage: StageRow): Promise<void> {
  const { pairs, least } = params;
  const source = store.shards.find(pairs.id, index);
  if (source === undefined || source.file === null) {
    throw new StoreError(`Shard ${index} of pairs ${pairs.id} has no file: its pairs cannot be decided on.`);
  }
  const decisions = new Map<string, Decision>();
  for (const reviewed of store.reviews.reviewed(pairs.id, index)) {
    decisions.set(reviewed.pair.id, decisionOn(reviewed, least));
  }
  const path = await knownFile(store.workspace.root, { file: source.file, sha256: source.sha256 });
  const rows = new Map<string, AnyPairRow>();
  for await (const row of readAnyPairs(path, pictureBytes(store))) rows.set(row.id, row);
  const kept = [...store.pairs.iterate(pairs.id, index)].flatMap((pair) =>
    settled(pair, rows.get(pair.id), decisions.get(pair.id) ?? "undecided", params),
  );
  if (kept.length === 0) {
    store.shards.commit(stage.id, index, { rows: 0 });
    return;
  }
  const file = shardFile(stage, index);
  const [{ row: first }] = kept as [Settled, ...Settled[]];
  const written = await writePairs(
    join(store.workspace.root, file),
    kept.map(({ row }) => row),
    shapeOfPair(first),
  );
  store.shards.commit(stage.id, index, { ...written, file }, (writer) =>
    writer.pairs(kept.map(({ pair }) => pair)),
  );
}

interface Settled {
  readonly pair: NewPair;
  readonly row: AnyPairRow;
}

/** A pair as it enters the new set; nothing when it is left out. */
function settled(
  pair: StoredPair,
  row: AnyPairRow | undefined,
  decision: Decision,
  { undecided }: DecideParams,
): readonly Settled[] {
  if (row === undefined) throw new StoreError(`Pair ${pair.id} is not in its file: the file has changed.`);
  if (decision === "dropped" || (decision === "undecided" && undecided === "drop")) return [];
  if (decision === "swapped") return [{ pair: { ...turned(pair), review: "swapped" }, row: turnedRow(row) }];
  return [{ pair: { ...pair, review: decision === "accepted" ? "accepted" : "unreviewed" }, row }];
}

/** The margin becomes negative: the judge's scores stay what they were. */
function turned(pair: StoredPair): StoredPair {
  const { chosenId, rejectedId, chosenScore, rejectedScore, margin } = pair;
  const scores = { chosenScore: rejectedScore, rejectedScore: chosenScore, margin: -margin };
  return { ...pair, ...scores, chosenId: rejectedId, rejectedId: chosenId };
}

function turnedRow(row: AnyPairRow): AnyPairRow {
  const { chosen, rejected, margin } = row;
  return { ...row, id: pairId(rejected.id, chosen.id), chosen: rejected, rejected: chosen, margin: -margin };
}
