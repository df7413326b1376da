import { HubError } from "../../errors.js";
import type { Part } from "./cache.js";
import type { RemoteFile } from "./hub.js";

/** A file of a model to fetch. */
export interface ModelFile extends RemoteFile {
  readonly path: string;
}

/** Data that models are read from. `model` files are sentencepiece's vocabularies. */
const DATA = /\.(safetensors|json|txt|jinja|model)$/;
const WEIGHTS = /\.safetensors$/;
const TOKENIZER =
  /(^|\/)(tokenizer[^/]*|vocab\.(json|txt)|merges\.txt|special_tokens_map\.json|added_tokens\.json|spiece\.model)$/;
const PICKLE = /\.(bin|pt|pth|ckpt|pkl)$/;

/**
 * The files of a folder of a repository that make up a model: safetensors, JSON and text, never pickles. Weights come last, so
 * that a folder which has all of them has the rest. Throws HubError when there is no such folder, or only pickles in it.
 */
export function filesOfModel(
  files: ReadonlyMap<string, RemoteFile>,
  { repository, folder }: { readonly repository: string; readonly folder: string },
  part: Part,
): ModelFile[] {
  const inFolder = [...files]
    .map(([path, file]) => ({ path, ...file }))
    .filter(({ path }) => isDirectlyIn(path, folder));
  const place = folder === "" ? repository : `${repository}/${folder}`;
  if (inFolder.length === 0) {
    const folders = [...new Set([...files.keys()].filter((path) => path.includes("/")).map(firstPart))];
    const known = folders.length > 0 ? ` It has the folders ${folders.join(", ")}.` : "";
    throw new HubError(`${place} holds no files: expected a model.${known}`);
  }
  const wanted = inFolder.filter(({ path }) => (part === "tokenizer" ? TOKENIZER.test(path) : true));
  const data = wanted.filter(({ path }) => DATA.test(path));
  if (part === "model" && !data.some(({ path }) => WEIGHTS.test(path))) throw noWeights(place, inFolder);
  if (data.length === 0) throw new HubError(`${place} holds no tokenizer.`);
  return data.sort((one, other) => rank(one.path) - rank(other.path) || one.size - other.size);
}

function isDirectlyIn(path: string, folder: string): boolean {
  const rest = folder === "" ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : "/";
  return !rest.includes("/") && !rest.startsWith(".");
}

/** Weights after the rest, and the index of shards after them all: what an unfinished folder lacks is then plain to see. */
function rank(path: string): number {
  return WEIGHTS.test(path) ? 2 : path.endsWith(".safetensors.index.json") ? 1 : 0;
}

function firstPart(path: string): string {
  return path.split("/")[0] as string;
}

function noWeights(place: string, files: readonly ModelFile[]): HubError {
  const pickle = files.find(({ path }) => PICKLE.test(path))?.path;
  if (pickle === undefined) return new HubError(`${place} holds no weights: expected safetensors.`);
  const target = [...pickle.split("/").slice(0, -1), "model.safetensors"].join("/");
  return new HubError(
    `${place} holds its weights as a pickle (${pickle}) and not as safetensors. A pickle can run any code when it is read, so none is ` +
      "fetched. If you trust its owner, fetch it yourself, convert it once, tensors only, and name the folder: " +
      `hf download ${place.split("/").slice(0, 2).join("/")} --local-dir FOLDER && ` +
      `python -m espalier_torch.convert_weights FOLDER/${pickle} FOLDER/${target}`,
  );
}
