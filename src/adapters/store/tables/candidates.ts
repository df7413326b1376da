import { and, asc, between, eq, isNotNull, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { CANDIDATE_ID_DIGITS } from "../../../decoding/candidate-id.js";
import { StoreError } from "../../../errors.js";
import type { Prompt } from "../../../records/prompt.js";
import { type Ledger, type RowOf, stream } from "../ledger.js";
import type { JudgedCandidate, LocatedCandidate, LocatedPicture, PromptCandidates } from "../rows.js";
import {
  candidateRows,
  candidates,
  pictures,
  prompts,
  samplerSettings,
  shards,
  verdicts,
} from "../schema.js";
import type { CandidateStore } from "../store.js";
import { findByStart } from "./find-by-start.js";
import { toPrompt } from "./prompts.js";
import { toVerdict } from "./verdicts.js";

const FIELDS = {
  id: candidates.id,
  promptId: candidates.promptId,
  checkpoint: candidates.checkpoint,
  settings: samplerSettings.settings,
  seed: candidates.seed,
  forks: candidates.forks,
  correction: candidates.correction,
  steps: candidates.steps,
  nfe: candidates.nfe,
  status: candidates.status,
  reason: candidates.reason,
  picture: candidates.picture,
  said: candidates.metadata,
  format: pictures.format,
  width: pictures.width,
  height: pictures.height,
  bytes: pictures.bytes,
  place: pictures.place,
  looks: pictures.looks,
  file: shards.file,
  sha256: shards.sha256,
  row: candidateRows.row,
} as const;
const PROMPTED = { ...FIELDS, text: prompts.text, metadata: prompts.metadata } as const;
const JUDGED = {
  ...PROMPTED,
  grid: candidates.grid,
  kind: verdicts.kind,
  score: verdicts.score,
  opinions: verdicts.opinions,
  verdictReason: verdicts.reason,
  parts: verdicts.parts,
} as const;

export function candidateStore(ledger: Ledger): CandidateStore {
  let whole: ReturnType<typeof byWholeId> | undefined;
  return {
    find: (idStart) => {
      whole ??= byWholeId(ledger);
      const [found] = whole.all({ id: idStart }) as unknown as RowOf<typeof FIELDS>[];
      if (found) return located(found);
      // Nothing but itself begins with a whole id; asking so of each candidate that is not there yet took most of a small run.
      return idStart.length === CANDIDATE_ID_DIGITS ? undefined : byStart(ledger, idStart);
    },
    iterate: function* (stageId) {
      const query = select(ledger, FIELDS)
        .where(eq(shards.stageId, stageId))
        .orderBy(asc(shards.index), asc(candidateRows.row));
      for (const row of stream(ledger, FIELDS, query)) yield located(row);
    },
    ofPrompt: function* (promptId) {
      const query = select(ledger, FIELDS)
        .where(and(eq(candidates.promptId, promptId), inFirstPlace))
        .orderBy(asc(candidates.checkpoint), asc(candidates.seed), asc(candidates.id));
      for (const row of stream(ledger, FIELDS, query)) yield located(row);
    },
    ofSource: function* (checkpoint) {
      const query = select(ledger, FIELDS)
        .where(and(eq(candidates.checkpoint, checkpoint), isNotNull(candidates.picture), inFirstPlace))
        .orderBy(asc(candidates.promptId), asc(candidates.seed), asc(candidates.id));
      for (const row of stream(ledger, FIELDS, query)) yield located(row) as LocatedPicture;
    },
    ofShard: function* (stageId, index) {
      const query = select(ledger, PROMPTED)
        .where(and(eq(shards.stageId, stageId), eq(shards.index, index)))
        .orderBy(asc(candidateRows.row));
      for (const { text, metadata, ...row } of stream(ledger, PROMPTED, query)) {
        yield { ...located(row), prompt: toPrompt({ promptId: row.promptId, text, metadata }) };
      }
    },
    byPrompt: (stageId, judge) => groupedByPrompt(ledger, stageId, judge),
  };
}

/** One statement for the search that is made by the thousand. */
function byWholeId(ledger: Ledger) {
  return select(ledger, FIELDS)
    .where(and(eq(candidates.id, sql.placeholder("id")), inFirstPlace))
    .prepare();
}

function byStart(ledger: Ledger, idStart: string) {
  return findByStart("candidate", idStart, candidates.id, (condition) => {
    const query = select(ledger, FIELDS).where(and(condition, inFirstPlace)).orderBy(candidates.id).limit(2);
    return [...stream(ledger, FIELDS, query)].map(located);
  });
}

/** `count` candidates of a shard's file from row `first` on. */
export function placedCandidates(ledger: Ledger, shardId: number, first: number, count: number) {
  const rows = between(candidateRows.row, first, first + count - 1);
  const query = select(ledger, FIELDS)
    .where(and(eq(candidateRows.shardId, shardId), rows))
    .orderBy(asc(candidateRows.row));
  return [...stream(ledger, FIELDS, query)].map(located);
}

/** One query for all: asking prompt by prompt takes more than twice the time (docs/results/data.md). */
function* groupedByPrompt(ledger: Ledger, stageId: string, judge: string): Generator<PromptCandidates> {
  let group: { prompt: Prompt; candidates: JudgedCandidate[] } | undefined;
  for (const found of judged(ledger, stageId, judge)) {
    const { text, metadata, kind, score, opinions, verdictReason, parts, grid, ...row } = found;
    if (group?.prompt.id !== row.promptId) {
      if (group !== undefined) yield group;
      group = { prompt: toPrompt({ promptId: row.promptId, text, metadata }), candidates: [] };
    }
    const verdict = toVerdict({ kind, score, opinions, reason: verdictReason, parts });
    group.candidates.push({ ...located(row), grid, verdict });
  }
  if (group !== undefined) yield group;
}

/**
 * Goes through the candidates in the order of their index by prompt and asks of each whether it is in the stage: a sort of
 * the stage's rows would lie in memory-mapped files, and memory would grow with them. CROSS JOIN keeps SQLite to it.
 */
function judged(ledger: Ledger, stageId: string, judge: string) {
  const outcome = and(
    eq(verdicts.candidateId, candidates.id),
    eq(verdicts.judge, judge),
    eq(verdicts.question, "outcome"),
    eq(verdicts.step, candidates.steps),
  );
  const query = ledger.orm
    .select(JUDGED)
    .from(candidates)
    .crossJoin(candidateRows)
    .crossJoin(shards)
    .leftJoin(samplerSettings, eq(samplerSettings.hash, candidates.settingsHash))
    .leftJoin(pictures, eq(pictures.sha256, candidates.picture))
    .innerJoin(prompts, eq(prompts.id, candidates.promptId))
    .leftJoin(verdicts, outcome)
    .where(
      and(
        eq(candidateRows.candidateId, candidates.id),
        eq(shards.id, candidateRows.shardId),
        eq(shards.stageId, stageId),
      ),
    )
    .orderBy(asc(candidates.promptId), asc(candidates.seed), asc(candidates.id));
  return stream(ledger, JUDGED, query);
}

/** A candidate may lie in several stages' shards: the oldest is as good as any. The plus keeps SQLite from going through it. */
const inFirstPlace: SQL = sql`+${candidateRows.shardId} = (
  SELECT min("place"."shard_id") FROM "candidate_rows" "place" WHERE "place"."candidate_id" = ${candidates.id})`;

function select(ledger: Ledger, fields: Record<string, SQLiteColumn>) {
  return ledger.orm
    .select(fields)
    .from(shards)
    .innerJoin(candidateRows, eq(candidateRows.shardId, shards.id))
    .innerJoin(candidates, eq(candidates.id, candidateRows.candidateId))
    .leftJoin(samplerSettings, eq(samplerSettings.hash, candidates.settingsHash))
    .leftJoin(pictures, eq(pictures.sha256, candidates.picture))
    .innerJoin(prompts, eq(prompts.id, candidates.promptId))
    .$dynamic();
}

/** A row of FIELDS as a candidate: what is null in the ledger is absent. */
function located(stored: RowOf<typeof FIELDS>): LocatedCandidate {
  const { id, promptId, checkpoint, seed, steps, status, reason, file, sha256, row } = stored;
  if (file === null) throw new StoreError(`Candidate ${id} lies in a shard without a file.`);
  const known = { id, promptId, checkpoint, file, sha256, row };
  const picture = stored.picture === null ? undefined : ofPicture(stored, stored.picture);
  const { settings, forks, correction, nfe } = stored;
  // What was brought from elsewhere has no settings of ours.
  if (picture !== undefined && settings === null) return { ...known, seed, ...NO_PATH, ...picture };
  return {
    ...known,
    ...{ settings, steps, status, reason },
    seed: seed as number,
    ...(forks === null ? {} : { forks }),
    ...(correction === null ? {} : { correction }),
    ...(nfe === null ? {} : { nfe }),
    ...picture,
  };
}

const NO_PATH = { steps: 0, status: "finished", reason: "" } as const;

function ofPicture(stored: RowOf<typeof FIELDS>, sha256: string) {
  const { format, width, height, bytes, place, looks, said } = stored;
  return { picture: { sha256, format, width, height, bytes, place, looks }, metadata: said ?? {} };
}
