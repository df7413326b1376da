import { and, eq, ne } from "drizzle-orm";
import type { StoredPicture } from "../../records/picture.js";
import { gridHash, pairId, settingsHash } from "./ids.js";
import type { Ledger } from "./ledger.js";
import type { ShardRow } from "./rows.js";
import {
  artifacts,
  candidateRows,
  candidates,
  checkpoints,
  evaluationItems,
  evaluations,
  pairs,
  pictures,
  promptRows,
  prompts,
  samplerSettings,
  searches,
  verdicts,
} from "./schema.js";
import type { ShardWriter } from "./store.js";
import { inserter } from "./tables/insert-rows.js";
import { verdictColumns } from "./tables/verdicts.js";

export function shardWriter(ledger: Ledger, shard: ShardRow): ShardWriter {
  return { ...rowWriter(ledger, shard), ...resultWriter(ledger, shard) };
}

/** What the rows of a shard's file are. */
function rowWriter(
  ledger: Ledger,
  shard: ShardRow,
): Pick<ShardWriter, "prompts" | "candidates" | "pictures" | "verdicts" | "pairs"> {
  const settings = settingsKeeper(ledger);
  return {
    prompts: (given) => {
      const structured = inserter(ledger, prompts, { replaceBy: [prompts.id] });
      // Plain text says less than what may be known of the same words already.
      const plain = inserter(ledger, prompts, "ignore");
      const place = inserter(ledger, promptRows, "refuse");
      for (const [row, { id, text, metadata }] of numbered(given)) {
        if (metadata === undefined) plain({ id, text });
        else structured({ id, text, metadata, tag: metadata.tag });
        place({ shardId: shard.id, row, promptId: id });
      }
    },
    candidates: (given) => {
      // Content ids: a candidate that is already known says the same.
      const add = inserter(ledger, candidates, "ignore");
      const keep = inserter(ledger, pictures, { replaceBy: [pictures.sha256] });
      const place = inserter(ledger, candidateRows, "refuse");
      for (const [row, { tokens, picture, ...candidate }] of numbered(given)) {
        if (picture !== undefined) keep(picture);
        const image = picture ? ofPicture(picture) : { grid: tokens === undefined ? null : gridHash(tokens) };
        add({ ...candidate, settingsHash: settings(candidate.settings), ...image });
        place({ shardId: shard.id, row, candidateId: candidate.id });
      }
    },
    pictures: (given) => {
      const keep = inserter(ledger, pictures, { replaceBy: [pictures.sha256] });
      const add = inserter(ledger, candidates, { replaceBy: [candidates.id] });
      const place = inserter(ledger, candidateRows, "refuse");
      for (const [row, { picture, ...candidate }] of numbered(given)) {
        keep(picture);
        add({ ...candidate, ...ENDED, ...ofPicture(picture) });
        place({ shardId: shard.id, row, candidateId: candidate.id });
      }
    },
    verdicts: (given) => {
      const { candidateId, judge, question, step } = verdicts;
      const add = inserter(ledger, verdicts, { replaceBy: [candidateId, judge, question, step] });
      for (const { verdict, ...key } of given) add({ ...key, ...verdictColumns(verdict) });
    },
    pairs: (given) => {
      const add = inserter(ledger, pairs, "refuse");
      for (const [row, pair] of numbered(given)) {
        const id = pairId(pair.chosenId, pair.rejectedId);
        add({ review: "unreviewed", ...pair, shardId: shard.id, row, id });
      }
    },
  };
}

/** Digits of a grid's hash: of a picture, so many of its own. */
const GRID_DIGITS = 16;

function ofPicture({ sha256 }: Pick<StoredPicture, "sha256">) {
  return { picture: sha256, grid: sha256.slice(0, GRID_DIGITS) };
}

/** A picture is no path: it took no step, and nobody dropped it. */
const ENDED = { steps: 0, status: "finished", reason: "" } as const;

/** What a stage came to. */
function resultWriter(
  ledger: Ledger,
  shard: ShardRow,
): Omit<ShardWriter, keyof ReturnType<typeof rowWriter>> {
  const { orm } = ledger;
  const { stageId } = shard;
  return {
    evaluation: (given) => {
      const row = { ...given, stageId };
      const replaced = { target: evaluations.stageId, set: given };
      orm.insert(evaluations).values(row).onConflictDoUpdate(replaced).run();
    },
    evaluationItems: (given) => {
      const add = inserter(ledger, evaluationItems, "refuse");
      for (const item of given) add({ ...item, stageId, shardId: shard.id });
    },
    searches: (given) => {
      const add = inserter(ledger, searches, "refuse");
      for (const search of given) add({ ...search, stageId, shardId: shard.id });
    },
    checkpoint: (given) => {
      const row = { ...given, stageId };
      // A stage makes one: what it made before, of other weights, lay in the same place.
      orm
        .delete(checkpoints)
        .where(and(eq(checkpoints.stageId, stageId), ne(checkpoints.id, given.id)))
        .run();
      orm.insert(checkpoints).values(row).onConflictDoUpdate({ target: checkpoints.id, set: row }).run();
    },
    artifact: (given) => {
      const row = { ...given, stageId };
      const replaced = { target: [artifacts.stageId, artifacts.file], set: given };
      orm.insert(artifacts).values(row).onConflictDoUpdate(replaced).run();
    },
  };
}

/** Stores each distinct settings object once and returns its hash. */
function settingsKeeper(ledger: Ledger) {
  const known = new Map<object, string>();
  return (settings: typeof samplerSettings.$inferSelect.settings): string => {
    const existing = known.get(settings);
    if (existing !== undefined) return existing;
    const hash = settingsHash(settings);
    ledger.orm.insert(samplerSettings).values({ hash, settings }).onConflictDoNothing().run();
    known.set(settings, hash);
    return hash;
  };
}

/** Rows with their place, from 0. */
function* numbered<Row>(rows: Iterable<Row>): Generator<[place: number, row: Row]> {
  let place = 0;
  for (const row of rows) yield [place++, row];
}
