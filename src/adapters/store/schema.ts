import {
  type AnySQLiteColumn,
  foreignKey,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { CandidateStatus, Corrected, Fork, SamplerSettings } from "../../records/candidate.js";
import type { Detection } from "../../records/detection.js";
import type { PictureFormat, PictureMetadata } from "../../records/picture.js";
import type { PromptMetadata } from "../../records/prompt.js";
import type { MarkDecision, MarkedKind, ReviewAnswer } from "../../records/review.js";
import type { Question, Verdict, VerdictPart } from "../../records/verdict.js";

/** Any JSON object: settings, manifests and summaries, stored as text. */
export type Json = { readonly [key: string]: unknown };
/** How far a run, a stage or a cluster job is. */
export type WorkState = "running" | "finished" | "failed" | "stopped";
/** How far a stage's process was when it said so last, counted in `unit`: pictures, steps, pairs. */
export interface Pace {
  readonly unit: string;
  readonly total: number;
  readonly done: number;
  /** Of `done`, what was there when the process began. */
  readonly before: number;
  /** When it began, and when it said this: milliseconds since 1970. */
  readonly since: number;
  readonly at: number;
  /** "loss 0.61", or nothing. */
  readonly detail: string;
}

/** Milliseconds since 1970; for people only, never part of an id or a hash. */
const moment = (name: string) => integer(name, { mode: "number" });
const json = (name: string) => text(name, { mode: "json" }).$type<Json>();

/** The one writer, if any. */
export const lease = sqliteTable("lease", {
  id: integer("id").primaryKey(),
  pid: integer("pid").notNull(),
  host: text("host").notNull(),
  /** Distinguishes two processes that were given the same pid: start time of the process, from the system. */
  started: text("started").notNull(),
  heartbeat: moment("heartbeat").notNull(),
});

export const runs = sqliteTable("runs", {
  id: text("id").primaryKey(),
  /** Pipeline name or file, as the user gave it. */
  pipeline: text("pipeline").notNull(),
  configHash: text("config_hash").notNull(),
  config: json("config").notNull(),
  progress: text("progress").$type<WorkState>().notNull(),
  /** Why it failed or stopped. */
  message: text("message"),
  createdAt: moment("created_at").notNull(),
  updatedAt: moment("updated_at").notNull(),
});

/** Round 0 holds what comes before the first DPO round: prompts and the base checkpoint's evaluation. */
export const rounds = sqliteTable(
  "rounds",
  {
    runId: text("run_id")
      .notNull()
      .references(() => runs.id),
    number: integer("number").notNull(),
    /** `base`, `previous`, `fixed:<checkpoint>` or `ema`; null in round 0. */
    referencePolicy: text("reference_policy"),
    /** All inputs by hash. */
    manifest: json("manifest").notNull(),
    /** Checkpoint this round started from and the one it produced. */
    fromCheckpoint: text("from_checkpoint"),
    toCheckpoint: text("to_checkpoint"),
    /** Null until the evaluation decided it. */
    promoted: integer("promoted", { mode: "boolean" }),
  },
  (table) => [primaryKey({ columns: [table.runId, table.number] })],
);

export const stages = sqliteTable(
  "stages",
  {
    /** First 16 hex digits of sha256 over run, round, name and inputs hash. */
    id: text("id").primaryKey(),
    runId: text("run_id").notNull(),
    round: integer("round").notNull(),
    name: text("name").notNull(),
    inputsHash: text("inputs_hash").notNull(),
    inputs: json("inputs").notNull(),
    /** Shards it will take; null while unknown. */
    plannedShards: integer("planned_shards"),
    progress: text("progress").$type<WorkState>().notNull(),
    message: text("message"),
    /** Counts and results worth showing, written when it finished. */
    summary: json("summary"),
    startedAt: moment("started_at").notNull(),
    finishedAt: moment("finished_at"),
    /** What people call it, and say of it; null where nobody did. */
    title: text("title"),
    note: text("note"),
    /** Null where its process said nothing of it. */
    pace: text("pace", { mode: "json" }).$type<Pace>(),
  },
  (table) => [
    foreignKey({ columns: [table.runId, table.round], foreignColumns: [rounds.runId, rounds.number] }),
    index("stages_by_run").on(table.runId, table.round, table.name),
    uniqueIndex("stages_by_title").on(table.title),
  ],
);

/** Files and folders whose rows are gone and that are removed next, by whoever writes. */
export const removals = sqliteTable("removals", {
  /** Relative to the workspace root. */
  place: text("place").primaryKey(),
});

/** A row means done; no row means redo. */
export const shards = sqliteTable(
  "shards",
  {
    id: integer("id").primaryKey(),
    stageId: text("stage_id")
      .notNull()
      .references(() => stages.id, { onDelete: "cascade" }),
    /** From 0 within the stage. */
    index: integer("shard_index").notNull(),
    /** Relative to the workspace root; null when the shard is rows of the ledger only. */
    file: text("file"),
    sha256: text("sha256"),
    rows: integer("rows").notNull(),
    committedAt: moment("committed_at").notNull(),
    /** What it cost: wall time of the process that computed it, and the units (images, steps) of it; null when unmeasured. */
    seconds: real("seconds"),
    units: integer("units"),
    /** Size of its file. */
    bytes: integer("bytes"),
  },
  (table) => [uniqueIndex("shards_by_stage").on(table.stageId, table.index)],
);

/** Tries of a shard that failed. Rows are only added: they stay when a later try succeeds. */
export const shardFaults = sqliteTable(
  "shard_faults",
  {
    id: integer("id").primaryKey(),
    stageId: text("stage_id")
      .notNull()
      .references(() => stages.id, { onDelete: "cascade" }),
    index: integer("shard_index").notNull(),
    /** From 1. */
    attempt: integer("attempt").notNull(),
    /** Who tried, as "host pid"; null where that is not known. */
    worker: text("worker"),
    reason: text("reason").notNull(),
    /** Whether it was the last try that was allowed. */
    setAside: integer("set_aside", { mode: "boolean" }).notNull(),
    failedAt: moment("failed_at").notNull(),
  },
  (table) => [index("shard_faults_by_stage").on(table.stageId)],
);

/** Jobs on a cluster, so that a coordinator that is started again finds its own. */
export const jobs = sqliteTable("jobs", {
  /** As the cluster knows it; also its folder below cluster/. */
  id: text("id").primaryKey(),
  runId: text("run_id").notNull(),
  /** Of the cluster's head: http://host:8265. */
  address: text("address").notNull(),
  progress: text("progress").$type<WorkState>().notNull(),
  message: text("message"),
  startedAt: moment("started_at").notNull(),
  endedAt: moment("ended_at"),
});

export const prompts = sqliteTable("prompts", {
  id: text("id").primaryKey(),
  text: text("text").notNull(),
  /** GenEval tag, for filters; null for plain text. */
  tag: text("tag"),
  metadata: text("metadata", { mode: "json" }).$type<PromptMetadata>(),
});

/** Which prompts a prompts stage made, in order. */
export const promptRows = sqliteTable(
  "prompt_rows",
  {
    shardId: integer("shard_id")
      .notNull()
      .references(() => shards.id, { onDelete: "cascade" }),
    row: integer("row").notNull(),
    promptId: text("prompt_id")
      .notNull()
      .references(() => prompts.id),
  },
  (table) => [primaryKey({ columns: [table.shardId, table.row] })],
);

/** Sampler settings, once each. */
export const samplerSettings = sqliteTable("sampler_settings", {
  hash: text("hash").primaryKey(),
  settings: text("settings", { mode: "json" }).$type<SamplerSettings>().notNull(),
});

/** Encoded pictures, by the sha256 of their bytes. */
export const pictures = sqliteTable("pictures", {
  sha256: text("sha256").primaryKey(),
  format: text("format").$type<PictureFormat>().notNull(),
  /** In pixels, as shown. */
  width: integer("width").notNull(),
  height: integer("height").notNull(),
  bytes: integer("bytes").notNull(),
  /** An absolute path of the source, or `pictures/SHA256` below the workspace root. */
  place: text("place").notNull(),
  /** Perceptual hash, hex. */
  looks: text("looks").notNull(),
});

/** What is known of a candidate by its content id; the tokens of a grid are in the Arrow files that candidate_rows names. */
export const candidates = sqliteTable(
  "candidates",
  {
    id: text("id").primaryKey(),
    promptId: text("prompt_id")
      .notNull()
      .references(() => prompts.id),
    checkpoint: text("checkpoint").notNull(),
    /** Null for a picture. */
    settingsHash: text("settings_hash").references(() => samplerSettings.hash),
    /** Null where the source of a picture does not say it. */
    seed: integer("seed"),
    /** Null when the path was never forked. */
    forks: text("forks", { mode: "json" }).$type<readonly Fork[]>(),
    /** Null when it began from nothing. */
    correction: text("correction", { mode: "json" }).$type<Corrected>(),
    steps: integer("steps").notNull(),
    /** Function evaluations of this path alone; null where they were not counted yet. */
    nfe: integer("nfe"),
    status: text("status").$type<CandidateStatus>().notNull(),
    reason: text("reason").notNull(),
    /** First 16 hex digits of sha256 over the tokens or the picture: equal for identical images. Null when it was written without. */
    grid: text("grid"),
    /** Null for a token grid. */
    picture: text("picture").references(() => pictures.sha256),
    /** What a picture's source says of it beside prompt and seed; null for a token grid. */
    metadata: text("metadata", { mode: "json" }).$type<PictureMetadata>(),
  },
  (table) => [index("candidates_by_prompt").on(table.promptId), index("candidates_by_grid").on(table.grid)],
);

/** Where a candidate's tokens lie. One candidate may lie in the shards of several stages. WITHOUT ROWID (migration 0006). */
export const candidateRows = sqliteTable(
  "candidate_rows",
  {
    shardId: integer("shard_id")
      .notNull()
      .references(() => shards.id, { onDelete: "cascade" }),
    row: integer("row").notNull(),
    candidateId: text("candidate_id")
      .notNull()
      .references(() => candidates.id),
  },
  (table) => [
    primaryKey({ columns: [table.shardId, table.row] }),
    index("candidate_rows_by_candidate").on(table.candidateId),
  ],
);

/** What judges said. WITHOUT ROWID (migration 0006): in the order of candidate ids, as mining and histograms read them. */
export const verdicts = sqliteTable(
  "verdicts",
  {
    candidateId: text("candidate_id")
      .notNull()
      .references(() => candidates.id),
    /** Identity of the judge. */
    judge: text("judge").notNull(),
    question: text("question").$type<Question>().notNull(),
    /** Decoding steps run when it was asked; the outcome of a whole path is asked at the candidate's `steps`. */
    step: integer("step").notNull(),
    kind: text("kind").$type<Verdict["kind"]>().notNull(),
    /** 0..1 when scored, else null. */
    score: real("score"),
    /** What each judge of an ensemble said, 0..1, in its order; null when one judge was asked. */
    opinions: text("opinions", { mode: "json" }).$type<readonly number[]>(),
    reason: text("reason"),
    /** The answers that a score is made of, each 0..1; null where it is one answer. */
    parts: text("parts", { mode: "json" }).$type<readonly VerdictPart[]>(),
  },
  (table) => [primaryKey({ columns: [table.candidateId, table.judge, table.question, table.step] })],
);

/**
 * How many verdicts on a shard's candidates a judge gave in each tenth of P(yes): a million are counted at once. Kept by triggers of `verdicts` and
 * `candidate_rows`, which a migration that rebuilds either makes again; WITHOUT ROWID (both: migration 0011).
 */
export const scoreTallies = sqliteTable(
  "score_tallies",
  {
    shardId: integer("shard_id")
      .notNull()
      .references(() => shards.id, { onDelete: "cascade" }),
    judge: text("judge").notNull(),
    question: text("question").$type<Question>().notNull(),
    /** 0 for a P(yes) of 0 to below 0.1, and so on; 9 takes 1 as well. -1 for a verdict without a score. */
    tenth: integer("tenth").notNull(),
    verdicts: integer("verdicts").notNull(),
  },
  (table) => [primaryKey({ columns: [table.shardId, table.judge, table.question, table.tenth] })],
);

/**
 * What judges that are called answered, call by call: nothing that was answered is asked again. Written as answers come, so
 * that a process that is killed loses only what was under way.
 */
export const judgeAnswers = sqliteTable(
  "judge_answers",
  {
    /** Who was asked, by all that decides an answer but the question: address, model, way of reading. */
    judge: text("judge").notNull(),
    /** First 32 hex digits of sha256 over the words, the pictures and what was to be answered. */
    key: text("key").notNull(),
    /** Null where it failed: it is asked again. */
    answer: text("answer", { mode: "json" }).$type<unknown>(),
    /** Why it failed, else null. */
    reason: text("reason"),
    /** All tries so far, and what they took. */
    calls: integer("calls").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    cost: real("cost").notNull(),
    answeredAt: moment("answered_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.judge, table.key] })],
);

export const pairs = sqliteTable(
  "pairs",
  {
    shardId: integer("shard_id")
      .notNull()
      .references(() => shards.id, { onDelete: "cascade" }),
    /** Row in the shard's Arrow file. */
    row: integer("row").notNull(),
    /** First 24 hex digits of sha256 over chosen and rejected id; the same pair may be in several pair sets. */
    id: text("id").notNull(),
    promptId: text("prompt_id")
      .notNull()
      .references(() => prompts.id),
    chosenId: text("chosen_id")
      .notNull()
      .references(() => candidates.id),
    rejectedId: text("rejected_id")
      .notNull()
      .references(() => candidates.id),
    chosenScore: real("chosen_score").notNull(),
    rejectedScore: real("rejected_score").notNull(),
    margin: real("margin").notNull(),
    /** The policy that picked it. */
    policy: text("policy").notNull(),
    /** Decoding steps that chosen and rejected have in common; null when they were sampled apart. */
    sharedSteps: integer("shared_steps"),
    review: text("review").$type<"unreviewed" | "accepted" | "rejected" | "swapped">().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.shardId, table.row] }),
    index("pairs_by_id").on(table.id),
    index("pairs_by_prompt").on(table.promptId),
  ],
);

/** What people said of pairs, and what they took back: rows are added, never changed. */
export const reviews = sqliteTable(
  "reviews",
  {
    /** Counts up: the order in which things were said. */
    id: integer("id").primaryKey({ autoIncrement: true }),
    reviewer: text("reviewer").notNull(),
    /** The pair set it was asked from. An answer holds for its two images in any pair set. */
    stageId: text("stage_id").notNull(),
    leftId: text("left_id")
      .notNull()
      .references(() => candidates.id),
    rightId: text("right_id")
      .notNull()
      .references(() => candidates.id),
    answer: text("answer").$type<ReviewAnswer | "undo">().notNull(),
    /** The answer that an undo takes back; null for an answer. */
    undoes: integer("undoes").references((): AnySQLiteColumn => reviews.id),
    saidAt: moment("said_at").notNull(),
  },
  (table) => [
    index("reviews_by_images").on(table.leftId, table.rightId),
    index("reviews_by_reviewer").on(table.reviewer, table.stageId),
    uniqueIndex("reviews_undone").on(table.undoes),
  ],
);

/** What people made of candidates and pairs while they looked: rows are added, never changed. The last of a person stands. */
export const marks = sqliteTable(
  "marks",
  {
    /** Counts up: the order in which things were said. */
    id: integer("id").primaryKey({ autoIncrement: true }),
    person: text("person").notNull(),
    kind: text("kind").$type<MarkedKind>().notNull(),
    /** Id of the candidate or the pair. */
    subject: text("subject").notNull(),
    /** Null where it was left open, or taken back. */
    decision: text("decision").$type<MarkDecision>(),
    flagged: integer("flagged", { mode: "boolean" }).notNull(),
    /** Empty for none. */
    note: text("note").notNull(),
    saidAt: moment("said_at").notNull(),
  },
  (table) => [index("marks_by_subject").on(table.subject, table.id)],
);

export const checkpoints = sqliteTable("checkpoints", {
  /** Identity: sha256 of the weights, hex. */
  id: text("id").primaryKey(),
  kind: text("kind").$type<"generator" | "tokenizer" | "judge" | "outside">().notNull(),
  family: text("family").notNull(),
  name: text("name").notNull(),
  /** Folder relative to the workspace root, `bundled:<name>`, `outside:<name>`, or `pictures:<name>` of a source of pictures. */
  location: text("location").notNull(),
  /** Identities, nearest first. */
  parents: text("parents", { mode: "json" }).$type<readonly string[]>().notNull(),
  /** Stage that trained it; null for one that was brought in. */
  stageId: text("stage_id").references(() => stages.id),
  pairSetHash: text("pair_set_hash"),
  /** The content of checkpoint.json. */
  record: json("record").notNull(),
});

export const evaluations = sqliteTable(
  "evaluations",
  {
    stageId: text("stage_id")
      .primaryKey()
      .references(() => stages.id, { onDelete: "cascade" }),
    checkpoint: text("checkpoint").notNull(),
    /** How it is named in tables: `base`, `round 1`, `round 2 + ORM best-of-8`. */
    label: text("label").notNull(),
    /** How one image a sample was picked: `plain`, `best-of-8`. */
    selection: text("selection").notNull(),
    detector: text("detector").notNull(),
    /** Identity of the judge that selected; null when plain. */
    judge: text("judge"),
    /** Hash of the prompt set: only evaluations of one set are compared. */
    promptSetHash: text("prompt_set_hash").notNull(),
    settings: json("settings").notNull(),
  },
  (table) => [index("evaluations_by_checkpoint").on(table.checkpoint)],
);

export const evaluationItems = sqliteTable(
  "evaluation_items",
  {
    stageId: text("stage_id")
      .notNull()
      .references(() => evaluations.stageId, { onDelete: "cascade" }),
    promptId: text("prompt_id")
      .notNull()
      .references(() => prompts.id),
    /** From 0 within the prompt; with the prompt, the key on which two evaluations are paired. */
    sample: integer("sample").notNull(),
    shardId: integer("shard_id")
      .notNull()
      .references(() => shards.id, { onDelete: "cascade" }),
    candidateId: text("candidate_id")
      .notNull()
      .references(() => candidates.id),
    correct: integer("correct", { mode: "boolean" }).notNull(),
    /** GenEval's reason; empty when correct. */
    reason: text("reason").notNull(),
    /** Of the judge that decided, 0..1; null where a detector did. */
    score: real("score"),
    /** A second, held-out verifier's score, 0..1. */
    heldOutScore: real("held_out_score"),
    detections: text("detections", { mode: "json" }).$type<readonly Detection[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.stageId, table.promptId, table.sample] })],
);

/** What each search of a stage settled on, and what it cost. */
export const searches = sqliteTable(
  "searches",
  {
    stageId: text("stage_id")
      .notNull()
      .references(() => stages.id, { onDelete: "cascade" }),
    promptId: text("prompt_id")
      .notNull()
      .references(() => prompts.id),
    /** From 0 within the prompt; in an evaluation, the item's sample. */
    attempt: integer("attempt").notNull(),
    shardId: integer("shard_id")
      .notNull()
      .references(() => shards.id, { onDelete: "cascade" }),
    /** Null when none was selected. */
    chosenId: text("chosen_id").references(() => candidates.id),
    /** Why it was chosen, in words. */
    reason: text("reason").notNull(),
    /** Function evaluations of the generator, and those of them that this stage ran: the others were read back. */
    nfe: integer("nfe").notNull(),
    sampledNfe: integer("sampled_nfe").notNull(),
    judgeCalls: integer("judge_calls").notNull(),
    failedVerdicts: integer("failed_verdicts").notNull(),
    /** Its share of the shard's wall time. */
    seconds: real("seconds").notNull(),
    /** Where its paths lie in the shard's file, in the order they were opened. */
    firstRow: integer("first_row").notNull(),
    paths: integer("paths").notNull(),
  },
  (table) => [primaryKey({ columns: [table.stageId, table.promptId, table.attempt] })],
);

/** Files that are neither shards nor checkpoints: reports, contact sheets, summaries, manifests. */
export const artifacts = sqliteTable(
  "artifacts",
  {
    stageId: text("stage_id")
      .notNull()
      .references(() => stages.id, { onDelete: "cascade" }),
    kind: text("kind").notNull(),
    /** Relative to the workspace root. */
    file: text("file").notNull(),
    sha256: text("sha256").notNull(),
    bytes: integer("bytes").notNull(),
  },
  (table) => [primaryKey({ columns: [table.stageId, table.file] })],
);
