import { join } from "node:path";
import {
  type CandidateFiles,
  type PairFileRow,
  type PairSide,
  writePairs,
} from "../../adapters/arrow/index.js";
import { type NewPair, pairId, type StageRow } from "../../adapters/store/index.js";
import { shardFile } from "../../paths.js";
import type { Candidate } from "../../records/candidate.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import type { Prompt } from "../../records/prompt.js";
import { writeCandidateShard } from "../candidate-shard.js";
import { findCandidate } from "../obtain.js";
import { runStage, type StagePlace } from "../run-stage.js";
import { takeTurns } from "../take-turns.js";
import { type CheckedPreferences, GROUP, groupsOf, promptAt } from "./check-preferences.js";
import { type ComparedImages, comparedImages } from "./preference-pairs.js";
import {
  fittedBytes,
  type ImageTools,
  imageId,
  type PreparedImage,
  prepareImages,
} from "./prepare-images.js";

export interface ImportParams {
  /** Streams the preferences from the start at every call. */
  readonly read: () => AsyncIterable<Preference>;
  readonly checked: CheckedPreferences;
  readonly format: string;
  readonly tools: ImageTools & { readonly promptOf: (text: string) => Prompt };
  readonly files: CandidateFiles;
  /** Word ids of a prompt, shape (text,). */
  readonly encodePrompt: (text: string) => Uint16Array | Promise<Uint16Array>;
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
  if (ties > 0) await importCompared(place, params, { name: "ties", tie: true, count: ties, candidates });
  return importCompared(place, params, { name: "pairs", tie: false, count: pairs, candidates });
}

function importCandidates(place: StagePlace, params: ImportParams): Promise<StageRow> {
  const { store } = place;
  const { checked, tools } = params;
  const turns = takeTurns(groupsOf(params.read()), 1);
  return runStage(place, {
    name: "candidates",
    inputs: { import: checked.hash, format: params.format, resize: tools.resize },
    shards: Math.ceil(checked.preferences / GROUP),
    unit: "preferences",
    unitsOf: (index) => Math.min(GROUP, checked.preferences - index * GROUP),
    shard: async (index, stage, task) => {
      const [group = []] = await turns(index);
      const images = await prepareImages(group, tools);
      const prompts = new Map(group.map((one) => [one.prompt, promptAt(one, tools.promptOf)]));
      const candidates = await candidatesOf(images, prompts, tools);
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
  images: readonly PreparedImage[],
  prompts: ReadonlyMap<string, Prompt>,
  { encoder }: ImageTools,
): Promise<Candidate[]> {
  const bare = images.filter(({ tokens }) => tokens === undefined);
  const encoded = await encoder.encode(bare.map(({ pixels }) => pixels));
  const tokensOf = new Map(bare.map(({ id }, index) => [id, encoded[index] as Uint16Array]));
  return images.map(({ id, prompt, seed = 0, tokens = tokensOf.get(id) as Uint16Array, committedAt }) => {
    const steps = committedAt ?? new Uint8Array(tokens.length);
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
  });
}

interface ComparedRow {
  readonly preference: Preference;
  readonly compared: ComparedImages;
}

function importCompared(
  place: StagePlace,
  params: ImportParams,
  part: {
    readonly name: string;
    readonly tie: boolean;
    readonly count: number;
    readonly candidates: StageRow;
  },
): Promise<StageRow> {
  const { store } = place;
  const { name, count, candidates } = part;
  const turns = takeTurns(comparedRows(params, part.tie), SHARD_PAIRS);
  return runStage(place, {
    name,
    inputs: { candidates: candidates.id, format: params.format },
    shards: Math.ceil(count / SHARD_PAIRS),
    unit: name,
    unitsOf: (index) => Math.min(SHARD_PAIRS, count - index * SHARD_PAIRS),
    shard: async (index, stage, task) => {
      const group = await turns(index);
      const rows: PairFileRow[] = [];
      for (const row of group) rows.push(await fileRow(place, params, row));
      const file = shardFile(stage, index);
      const shape = { tokens: params.tools.encoder.tokens, text: rows[0]?.text.length ?? 0 };
      const written = await writePairs(join(store.workspace.root, file), rows, shape);
      const pairs = group.map((row, at) => ledgerRow(row, rows[at] as PairFileRow, params));
      store.shards.commit(stage.id, index, { ...written, file }, (writer) => writer.pairs(pairs));
      task.advance(group.length);
    },
    summary: (stage) => ({
      [name]: count,
      preferences: params.checked.preferences,
      pairSet: store.pairs.setHash(stage.id),
    }),
  });
}

async function* comparedRows({ read }: ImportParams, tie: boolean): AsyncGenerator<ComparedRow> {
  for await (const preference of read()) {
    for (const compared of comparedImages(preference))
      if (compared.tie === tie) yield { preference, compared };
  }
}

async function fileRow(
  place: StagePlace,
  params: ImportParams,
  { preference, compared }: ComparedRow,
): Promise<PairFileRow> {
  const { prompt, where } = preference;
  const sideOf = async (image: BroughtImage, score: number): Promise<PairSide> => {
    const id = imageId(image, prompt);
    const stored = (await findCandidate(place.store, params.files, id)) as Candidate;
    const png = await fittedBytes({ ...image, where }, params.tools);
    return { id, score, seed: stored.seed, tokens: stored.tokens, committedAt: stored.committedAt, png };
  };
  const chosen = await sideOf(compared.better, compared.betterScore);
  const rejected = await sideOf(compared.worse, compared.worseScore);
  const tag = promptAt(preference, params.tools.promptOf).metadata?.tag ?? "";
  const margin = chosen.score - rejected.score;
  return {
    id: pairId(chosen.id, rejected.id),
    prompt,
    tag,
    text: await params.encodePrompt(prompt),
    margin,
    chosen,
    rejected,
  };
}

function ledgerRow({ preference }: ComparedRow, row: PairFileRow, { tools, format }: ImportParams): NewPair {
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
