import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { candidateFiles } from "../../adapters/arrow/index.js";
import { openAtomicFile } from "../../adapters/atomic-file.js";
import { decodeImage, encodePng } from "../../adapters/images/index.js";
import { openStore, type Store } from "../../adapters/store/index.js";
import { PromptError, StoreError } from "../../errors.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import type { Family } from "../../families/family.js";
import { workspacePaths } from "../../paths.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import { closingAfter } from "../../records/closing.js";
import { type Progress, SILENT } from "../../records/progress.js";
import { type Prompt, TASKS } from "../../records/prompt.js";
import type { ImageDecoder } from "../../records/seams.js";
import { findCandidate } from "../../stages/sampling/wanted-candidates.js";
import { findStage } from "../find-stage.js";
import { modelsOf, withFamily } from "../models/with-family.js";
import { workspaceTokenizer } from "../models/workspace-tokenizer.js";
import type { RunOptions } from "../run/run-options.js";

export interface ImageExport {
  /** Id of an evaluation, or its first digits. */
  readonly evaluation: string;
  readonly folder: string;
  /** File whose order numbers the prompts, such as GenEval's own; by task and text when null. */
  readonly prompts: string | null;
}

export interface ExportedImages {
  readonly folder: string;
  readonly evaluation: string;
  readonly prompts: number;
  readonly images: number;
  /** Of them, those that were there before. */
  readonly kept: number;
}

/** In the folder, beside the prompts' folders: which evaluation it holds. */
const NOTE = "evaluation.json";

/**
 * Lays the images of an evaluation out as GenEval's own scorer reads them: FOLDER/00000/metadata.jsonl and
 * FOLDER/00000/samples/0000.png, a folder a prompt. Images that are there are kept. Throws StoreError when the folder holds anything
 * else, PromptError when the evaluation has prompts that are not in the file.
 */
export async function exportImages(
  asked: ImageExport,
  options: Pick<RunOptions, "workspace" | "family" | "models" | "progress" | "signal">,
): Promise<ExportedImages> {
  const { models = BUNDLED_MODELS } = options;
  const store = openStore(workspacePaths(options.workspace), { readOnly: true });
  try {
    const { id: evaluation } = findStage(store, asked.evaluation, "evaluation", "validation");
    claim(asked.folder, evaluation);
    return await withFamily(options, modelsOf(store), async (family) => {
      const images = await imagesOf(store, evaluation, { family, file: asked.prompts });
      const tokenizer = await workspaceTokenizer({ store, models, outside: family.outside });
      const decoder = await family.openDecoder(tokenizer.folder);
      const kept = await closingAfter(
        () => writeAll(images, { ...asked, ...options, store, decoder }),
        () => [decoder],
      );
      const prompts = new Set(images.map(({ number }) => number)).size;
      return { folder: asked.folder, evaluation, prompts, images: images.length, kept };
    });
  } finally {
    store.close();
  }
}

/** Makes the folder this evaluation's. Throws StoreError when it holds something else. */
function claim(folder: string, evaluation: string): void {
  const note = join(folder, NOTE);
  if (existsSync(note)) {
    const held = JSON.parse(readFileSync(note, "utf8")) as { evaluation: string };
    if (held.evaluation === evaluation) return;
    throw new StoreError(`${folder} holds the images of evaluation ${held.evaluation}. Name another folder.`);
  }
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new StoreError(
      `${folder} is not empty: the scorer would read what is in it too. Name a new folder.`,
    );
  }
  write(note, Buffer.from(`${JSON.stringify({ evaluation })}\n`));
}

interface PlacedImage {
  /** Of the prompt, from 0. */
  readonly number: number;
  /** From 0 within the prompt. */
  readonly sample: number;
  readonly prompt: Prompt;
  readonly candidateId: string;
}

async function imagesOf(
  store: Store,
  evaluation: string,
  { family, file }: { readonly family: Family; readonly file: string | null },
): Promise<PlacedImage[]> {
  const items = [...store.evaluations.items(evaluation)];
  const ids = [...new Set(items.map(({ promptId }) => promptId))];
  const prompts = new Map(ids.map((id) => [id, store.prompts.find(id) as Prompt]));
  const order = file === null ? inOrder([...prompts.values()]) : await family.readPrompts(file);
  const numbers = new Map(order.map(({ id }, index) => [id, index]));
  return items.map(({ promptId, sample, candidateId }) => {
    const prompt = prompts.get(promptId) as Prompt;
    const number = numbers.get(promptId);
    if (number !== undefined) return { number, sample, prompt, candidateId };
    throw new PromptError(
      `The evaluation has images of "${prompt.text}", which is not in ${file}: name the file it was made with.`,
    );
  });
}

function inOrder(prompts: readonly Prompt[]): readonly Prompt[] {
  const rank = ({ metadata }: Prompt) => (TASKS as readonly (string | undefined)[]).indexOf(metadata?.tag);
  return prompts.toSorted((one, other) => rank(one) - rank(other) || (one.text < other.text ? -1 : 1));
}

interface Writing {
  readonly folder: string;
  readonly store: Store;
  readonly decoder: ImageDecoder;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** Images decoded together. */
const BATCH = 32;

/** Writes what is not there; returns how many were. */
async function writeAll(images: readonly PlacedImage[], writing: Writing): Promise<number> {
  const { folder, progress = SILENT, signal } = writing;
  const absent = images.filter((image) => !existsSync(fileOf(folder, image)));
  const kept = images.length - absent.length;
  const task = progress.start("images", images.length, "images", kept);
  for (let first = 0; first < absent.length; first += BATCH) {
    signal?.throwIfAborted();
    const batch = absent.slice(first, first + BATCH);
    await writeBatch(batch, writing);
    task.advance(batch.length);
  }
  task.end();
  return kept;
}

async function writeBatch(
  images: readonly PlacedImage[],
  { folder, store, decoder }: Writing,
): Promise<void> {
  const files = candidateFiles(store.workspace.root);
  const pictures = pictureFiles(store.workspace.root);
  const grids: Uint16Array[] = [];
  const drawn: PlacedImage[] = [];
  for (const image of images) {
    const { candidateId } = image;
    const picture = store.candidates.find(candidateId)?.picture;
    if (picture !== undefined) {
      const bytes = await pictures.bytes(picture);
      // The scorer knows its samples by the ending.
      place(folder, image, picture.format === "png" ? bytes : await encodePng(await decodeImage(bytes)));
      continue;
    }
    drawn.push(image);
    const candidate = await findCandidate(store, files, candidateId);
    if (candidate === undefined)
      throw new StoreError(`Candidate ${candidateId} is not in the workspace any more.`);
    grids.push(candidate.tokens);
  }
  for (const [index, pixels] of (await decoder.decode(grids)).entries()) {
    place(folder, drawn[index] as PlacedImage, await encodePng(pixels));
  }
}

function place(folder: string, image: PlacedImage, png: Uint8Array): void {
  const { prompt, number } = image;
  const metadata = join(folder, promptFolder(number), "metadata.jsonl");
  const said = prompt.metadata ?? { prompt: prompt.text };
  if (!existsSync(metadata)) write(metadata, Buffer.from(`${JSON.stringify(said)}\n`));
  write(fileOf(folder, image), png);
}

function promptFolder(number: number): string {
  return String(number).padStart(5, "0");
}

function fileOf(folder: string, { number, sample }: PlacedImage): string {
  return join(folder, promptFolder(number), "samples", `${String(sample).padStart(4, "0")}.png`);
}

/** Writes a whole file or none: a half-written image must not be scored, nor kept. */
function write(file: string, bytes: Uint8Array): void {
  try {
    const atomic = openAtomicFile(file);
    atomic.write(bytes);
    atomic.commit();
  } catch (cause) {
    throw new StoreError(`Cannot write ${file}: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
