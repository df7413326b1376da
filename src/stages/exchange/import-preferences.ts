import { join } from "node:path";
import {
  type CandidateFiles,
  type GridSide,
  type PairFileRow,
  writePairs,
} from "../../adapters/arrow/index.js";
import { type NewPair, pairId, type StageRow } from "../../adapters/store/index.js";
import { shardFile } from "../../paths.js";
import type { Candidate } from "../../records/candidate.js";
import type { Prompt, WordIds } from "../../records/prompt.js";
import { chunkStream } from "../chunk-stream.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { writeCandidateShard } from "../sampling/candidate-shard.js";
import { findCandidate } from "../sampling/wanted-candidates.js";
import { type CheckedPreferences, GROUP, promptAt } from "./check-preferences.js";
import type { ComparedImages } from "./preference-pairs.js";
import type { ImageTools, PreparedImage } from "./prepare-images.js";
import {
  type PreparedPreference,
  preparedPreferences,
  type ReadPreferences,
  SAME,
} from "./prepared-preferences.js";

export interface ImportParams {
  readonly read: ReadPreferences;
  readonly checked: CheckedPreferences;
  readonly format: string;
  readonly tools: ImageTools & { readonly promptOf: (text: string) => Prompt };
  readonly files: CandidateFiles;
  /** Word ids of a prompt, shape (text,). */
  readonly encodePrompt: (text: string) => WordIds | Promise<WordIds>;
}

/** Pairs of one shard. */
const SHARD_PAIRS = 256;
/** The checkpoint of images that no checkpoint of ours sampled. */
const IMPORTED = "imported";
/** An image that was encoded came in one step. */
const SETTINGS = { steps: 1, guidanceScale: 0, temperature: 0, schedule: "cosine" } as const;

/**
 * Brings checked preferences into the ledger: their images as a candidates stage, their pairs as a pairs stage that
 * training takes, and their ties, if any, as a stage "ties" that it does not. Returns the pairs stage.
 */
export async function importPreferences(place: StagePlace, params: ImportParams): Promise<StageRow> {
  const { ties, pairs } = params.checked;
  const candidates = await importCandidates(place, params);
  const tied =
    ties > 0
      ? await importCompared(place, params, { name: "ties", tie: true, count: ties, candidates })
      : undefined;
  return importCompared(place, params, { name: "pairs", tie: false, count: pairs, candidates, tied });
}

function importCandidates(place: StagePlace, params: ImportParams): Promise<StageRow> {
  const { store } = place;
  const { checked, tools } = params;
  const turns = chunkStream(preparedPreferences(params.read, tools), GROUP);
  return runStage(place, {
    name: "candidates",
    inputs: {
      import: checked.hash,
      format: params.format,
      resize: tools.resize,
      tokenizer: tools.tokenizer,
    },
    shards: Math.ceil(checked.preferences / GROUP),
    reads: () => [],
    unit: "preferences",
    unitsOf: (index) => Math.min(GROUP, checked.preferences - index * GROUP),
    shard: async (index, stage, task) => {
      const group = await turns(index);
      const prompts = new Map(group.map((one) => [one.prompt, promptAt(one, tools.promptOf)]));
      const candidates = await candidatesOf(group, prompts, tools);
      const written = await writeCandidateShard(store.workspace.root, { stage, index }, candidates, [
        ...prompts.values(),
      ]);
      store.shards.commit(stage.id, index, written, (writer) => {
        writer.prompts(prompts.values());
        writer.candidates(candidates);
      });
      task.advance(group.length);
    },
    summary: (stage) => ({
      candidates: store.shards.progress(stage.id).rows,
      preferences: checked.preferences,
    }),
  });
}

async function candidatesOf(
  group: readonly PreparedPreference[],
  prompts: ReadonlyMap<string, Prompt>,
  { encoder }: ImageTools,
): Promise<Candidate[]> {
  const images = new Map(group.flatMap((one) => one.images).map((image) => [image.id, image]));
  const bare = [...images.values()].filter(({ tokens }) => tokens === undefined);
  const encoded = await encoder.encode(bare.map(({ pixels }) => pixels));
  const tokensOf = new Map(bare.map(({ id }, index) => [id, encoded[index] as Uint16Array]));
  return [...images.values()].map(
    ({ id, prompt, seed = 0, tokens = tokensOf.get(id) as Uint16Array, committedAt }) => {
      const steps = committedAt?.length === tokens.length ? committedAt : new Uint8Array(tokens.length);
      return {
        id,
        promptId: (prompts.get(prompt) as Prompt).id,
        checkpoint: IMPORTED,
        settings: SETTINGS,
        seed,
        tokens,
        committedAt: steps,
        steps: steps.reduce((most, step) => Math.max(most, step + 1), 1),
        status: "finished",
        reason: "",
      };
    },
  );
}

interface ComparedRow {
  readonly preference: PreparedPreference;
  readonly two: ComparedImages<PreparedImage>;
}

/** What is one of a set: pairs, which may name the stage of the ties beside them, or those ties. */
interface Part {
  readonly name: string;
  readonly tie: boolean;
  readonly count: number;
  readonly candidates: StageRow;
  readonly tied?: StageRow | undefined;
}

function importCompared(place: StagePlace, params: ImportParams, part: Part): Promise<StageRow> {
  const { store } = place;
  const { name, count, candidates } = part;
  const turns = chunkStream(comparedRows(params, part.tie), SHARD_PAIRS);
  return runStage(place, {
    name,
    inputs: { candidates: candidates.id, format: params.format },
    shards: Math.ceil(count / SHARD_PAIRS),
    reads: () => store.shards.list(candidates.id),
    unit: name,
    unitsOf: (index) => Math.min(SHARD_PAIRS, count - index * SHARD_PAIRS),
    shard: async (index, stage, task) => {
      const group = await turns(index);
      const rows: { from: ComparedRow; row: PairFileRow }[] = [];
      for (const from of group) {
        const row = await fileRow(place, params, from);
        if (!sameTokens(row)) rows.push({ from, row });
      }
      const file = shardFile(stage, index);
      const shape = { tokens: params.tools.encoder.tokens, text: rows[0]?.row.text.length ?? 0 };
      const found = rows.map(({ row }) => row);
      const written =
        found.length === 0
          ? { rows: 0 }
          : { ...(await writePairs(join(store.workspace.root, file), found, shape)), file };
      const pairs = rows.map(({ from, row }) => ledgerRow(from.preference, row, params));
      store.shards.commit(stage.id, index, written, (writer) => writer.pairs(pairs));
      task.advance(group.length);
    },
    summary: (stage) => summaryOf(place, params, part, stage),
  });
}

function summaryOf({ store }: StagePlace, { checked }: ImportParams, part: Part, stage: StageRow) {
  const { rows } = store.shards.progress(stage.id);
  const leftOut = { ...checked.leftOut };
  if (rows < part.count) leftOut[SAME] = (leftOut[SAME] ?? 0) + part.count - rows;
  return {
    [part.name]: rows,
    ...(part.tied ? { ties: { count: part.tied.summary?.["ties"] ?? 0, stage: part.tied.id } } : {}),
    preferences: checked.preferences,
    ...(Object.keys(leftOut).length > 0 ? { leftOut } : {}),
    pairSet: store.pairs.setHash(stage.id),
  };
}

async function* comparedRows({ read, tools }: ImportParams, tie: boolean): AsyncGenerator<ComparedRow> {
  for await (const preference of preparedPreferences(read, tools)) {
    for (const two of preference.compared) if (two.tie === tie) yield { preference, two };
  }
}

/** Images of other bytes may still be one to the tokenizer. */
function sameTokens({ chosen, rejected }: PairFileRow): boolean {
  return chosen.tokens.every((token, place) => token === rejected.tokens[place]);
}

async function fileRow(
  place: StagePlace,
  params: ImportParams,
  { preference, two }: ComparedRow,
): Promise<PairFileRow> {
  const { prompt } = preference;
  const sideOf = async ({ id, bytes }: PreparedImage, score: number): Promise<GridSide> => {
    const stored = (await findCandidate(place.store, params.files, id)) as Candidate;
    return {
      id,
      score,
      seed: stored.seed,
      tokens: stored.tokens,
      committedAt: stored.committedAt,
      png: bytes,
    };
  };
  const chosen = await sideOf(two.better, two.betterScore);
  const rejected = await sideOf(two.worse, two.worseScore);
  return {
    id: pairId(chosen.id, rejected.id),
    prompt,
    tag: promptAt(preference, params.tools.promptOf).metadata?.tag ?? "",
    text: await params.encodePrompt(prompt),
    margin: chosen.score - rejected.score,
    chosen,
    rejected,
  };
}

function ledgerRow(
  preference: PreparedPreference,
  row: PairFileRow,
  { tools, format }: ImportParams,
): NewPair {
  const { chosen, rejected, margin } = row;
  return {
    promptId: promptAt(preference, tools.promptOf).id,
    chosenId: chosen.id,
    rejectedId: rejected.id,
    chosenScore: chosen.score,
    rejectedScore: rejected.score,
    margin,
    policy: `imported ${format}`,
  };
}
