import { existsSync } from "node:fs";
import { encodedSide, knownFile, readAnyPairs, readCandidates } from "../../adapters/arrow/index.js";
import { streamPromptFile } from "../../adapters/prompt-file.js";
import { openStore, type StageRow, type Store } from "../../adapters/store/index.js";
import type { FormatName } from "../../config/formats.js";
import { PromptError } from "../../errors.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import type { Family } from "../../families/family.js";
import { workspacePaths } from "../../paths.js";
import { pictureBytes } from "../../pictures/picture-bytes.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import { batchesOf } from "../../records/batches-of.js";
import type { Preference } from "../../records/preference.js";
import { type Prompt, promptId } from "../../records/prompt.js";
import { findLeaks, type Leak } from "../../stages/evaluation/leaks.js";
import { detectFormat } from "../../stages/exchange/detect-format.js";
import { FORMATS } from "../../stages/exchange/formats.js";
import { holdsPreferences } from "../../stages/exchange/holds-preferences.js";
import { type ImageOverlap, imageOverlap, type SetImage, setImage } from "../../stages/image-overlap.js";
import { findStage, namesFile } from "../find-stage.js";
import { modelsOf, withFamily } from "../models/with-family.js";
import { workspaceTokenizer } from "../models/workspace-tokenizer.js";
import type { RunOptions } from "../run/run-options.js";

/** What a set has that another one has as well. */
export interface SetsCompared {
  readonly set: string;
  readonly against: string;
  /** By task; those that share nothing are left out. */
  readonly prompts: readonly Leak[];
  /** Null when one of the two holds prompts alone. */
  readonly images: ImageOverlap | null;
}

/** A set as it is compared. Each call streams it anew. */
interface ComparedSet {
  readonly name: string;
  prompts(): AsyncIterable<Prompt>;
  readonly images?: () => AsyncIterable<SetImage>;
}

interface Places {
  /** Null where there is no workspace: files need none. */
  readonly store: Store | null;
  readonly family: Family;
  readonly models: string;
}

/** Candidates decoded at a time. */
const BATCH = 64;

/**
 * Compares two sets, each a stage of pairs, ties or candidates, a file of preferences, or one of prompts:
 * prompts by structure and words, images by tokens, pixels and perceptual hash.
 */
export async function compareSets(
  { set, against, format }: { set: string; against: string; format: FormatName | null },
  options: Pick<RunOptions, "workspace" | "family" | "models">,
): Promise<SetsCompared> {
  const paths = workspacePaths(options.workspace);
  const isLedgerNeeded = !namesFile(set) || !namesFile(against);
  const store = isLedgerNeeded || existsSync(paths.database) ? openStore(paths, { readOnly: true }) : null;
  try {
    return await withFamily(options, modelsOf(store), async (family) => {
      const places = { store, family, models: options.models ?? BUNDLED_MODELS };
      const [one, other] = [await openSet(set, format, places), await openSet(against, null, places)];
      const leaks = findLeaks(await distinct(other.prompts()), await distinct(one.prompts()), OPEN);
      const images = one.images && other.images ? await imageOverlap(one.images(), other.images()) : null;
      return { set: one.name, against: other.name, prompts: leaks, images };
    });
  } finally {
    store?.close();
  }
}

/** Nothing is refused here: the comparison only tells. */
const OPEN = { rule: "report", allowedTasks: [] } as const;

async function openSet(what: string, format: FormatName | null, places: Places): Promise<ComparedSet> {
  const { store, family } = places;
  if (namesFile(what)) {
    if (format === null && !(await holdsPreferences(what))) return promptFile(what, family);
    const reader = FORMATS[format ?? (await detectFormat(what))];
    return preferenceFile(what, () => reader.read(what), family);
  }
  const ledger = store as Store;
  const stage = findStage(ledger, what, "pairs", "ties", "candidates");
  const name = `${stage.name} ${stage.id}`;
  const prompts = async function* () {
    for (const id of promptIds(ledger, stage)) yield ledger.prompts.find(id) as Prompt;
  };
  const images =
    stage.name === "candidates" ? () => candidateImages(stage, places) : () => pairImages(ledger, stage);
  return { name, prompts, images };
}

function promptFile(file: string, family: Family): ComparedSet {
  return {
    name: file,
    prompts: () =>
      streamPromptFile(file, (source) =>
        typeof source === "string"
          ? promptOf(source, family)
          : { id: promptId(source.prompt), text: source.prompt, metadata: source },
      ),
  };
}

function preferenceFile(name: string, read: () => AsyncIterable<Preference>, family: Family): ComparedSet {
  return {
    name,
    prompts: async function* () {
      for await (const { prompt } of read()) yield promptOf(prompt, family);
    },
    images: async function* () {
      for await (const { images } of read()) {
        for (const { bytes, tokens } of images) yield setImage(bytes, tokens);
      }
    },
  };
}

/** A prompt that the models have no words for is compared by its letters. */
function promptOf(text: string, family: Family): Prompt {
  try {
    return family.promptOf(text);
  } catch (error) {
    if (error instanceof PromptError) return { id: promptId(text), text };
    throw error;
  }
}

function* promptIds(store: Store, { id, name }: StageRow): Generator<string> {
  const rows = name === "candidates" ? store.candidates.iterate(id) : store.pairs.iterate(id);
  let last = "";
  for (const { promptId } of rows) {
    if (promptId !== last) yield promptId;
    last = promptId;
  }
}

async function* pairImages(store: Store, { id }: StageRow): AsyncGenerator<SetImage> {
  for (const { file, sha256 } of store.shards.list(id)) {
    if (file === null) continue;
    for await (const { chosen, rejected } of readAnyPairs(
      await knownFile(store.workspace.root, { file, sha256 }),
      pictureBytes(store),
    )) {
      for (const side of [chosen, rejected]) yield setImage(await encodedSide(side), side.tokens);
    }
  }
}

async function* candidateImages(
  { id }: StageRow,
  { store, family, models }: Places,
): AsyncGenerator<SetImage> {
  const ledger = store as Store;
  const [first] = ledger.candidates.iterate(id);
  if (first?.picture !== undefined) {
    const files = pictureFiles(ledger.workspace.root);
    for (const { picture } of ledger.candidates.iterate(id))
      if (picture) yield setImage(await files.bytes(picture));
    return;
  }
  const tokenizer = await workspaceTokenizer({ store: ledger, models, outside: family.outside });
  const decoder = await family.openDecoder(tokenizer.folder);
  try {
    for (const { file, sha256 } of ledger.shards.list(id)) {
      if (file === null) continue;
      const rows = readCandidates(await knownFile(ledger.workspace.root, { file, sha256 }));
      for await (const batch of batchesOf(rows, BATCH)) {
        const drawn = await decoder.decode(batch.map(({ tokens }) => tokens));
        for (const [place, pixels] of drawn.entries()) yield { pixels, tokens: batch[place]?.tokens };
      }
    }
  } finally {
    await decoder.close();
  }
}

async function distinct(prompts: AsyncIterable<Prompt>): Promise<Prompt[]> {
  const found = new Map<string, Prompt>();
  for await (const prompt of prompts) found.set(prompt.text, prompt);
  return [...found.values()];
}
