import {
  createReadStream,
  createWriteStream,
  existsSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PairFileRow, PairSide } from "../../adapters/arrow/index.js";
import { makeFolder } from "../../adapters/make-folder.js";
import { StoreError } from "../../errors.js";
import { resolveInside } from "../../paths.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import { Cells, idInPath } from "./cells.js";
import { isTie } from "./house-rows.js";

const LINES = "pairs.jsonl";
const IMAGES = "images";
/** Image files beyond this are no images that a model of ours was shown. */
const MOST_BYTES = 64 * 2 ** 20;

/** Writes `out/pairs.jsonl` and each image once as `out/images/ID.png`; paths are relative to `out`. */
export async function writeJsonLines(out: string, pairs: AsyncIterable<PairFileRow>): Promise<void> {
  makeFolder(join(out, IMAGES));
  const lines = async function* () {
    for await (const pair of pairs) yield `${JSON.stringify(lineOf(pair, out))}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(out, LINES)));
}

function lineOf(pair: PairFileRow, out: string): object {
  const [chosen, rejected] = [pair.chosen, pair.rejected].map((side) => placed(side, out));
  if (isTie(pair)) return { prompt: pair.prompt, images: [chosen, rejected], ranks: [1, 1] };
  return { prompt: pair.prompt, chosen, rejected };
}

function placed({ id, png }: PairSide, out: string): string {
  const path = `${IMAGES}/${id}.png`;
  if (!existsSync(join(out, path))) writeFileSync(join(out, path), png);
  return path;
}

/**
 * Streams preferences from a JSONL file, or from `pairs.jsonl` in a folder: {"prompt", "chosen", "rejected"}, or
 * {"prompt", "images", "ranks"} with the lower rank better and equal ranks tied. Paths are relative to the file's folder.
 */
export async function* readJsonLines(path: string): AsyncGenerator<Preference> {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, LINES) : path;
  if (!existsSync(file))
    throw new StoreError(`${file} does not exist: expected a JSONL file of preferences. Check its name.`);
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(file, "utf8"),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    if (line.trim() !== "") yield readLine(line, dirname(file), `${basename(file)}, line ${number}`);
  }
}

function readLine(line: string, folder: string, where: string): Preference {
  const row = parse(line, where);
  const cells = new Cells(row, where);
  const prompt = cells.text("prompt");
  if (!cells.has("images")) {
    const images = ["chosen", "rejected"].map((column) => imageAt(cells.text(column), folder, where));
    return { prompt, images, ranks: [0, 1], where };
  }
  const paths = row["images"];
  const isList = Array.isArray(paths) && paths.length > 1 && paths.every((one) => typeof one === "string");
  if (!isList) cells.refuse("images", "a list of at least two image paths");
  const ranks = cells.integers("ranks", Number.MAX_SAFE_INTEGER);
  if (ranks.length !== (paths as string[]).length) cells.refuse("ranks", "one rank for each image");
  return { prompt, images: (paths as string[]).map((one) => imageAt(one, folder, where)), ranks, where };
}

function imageAt(path: string, folder: string, where: string): BroughtImage {
  const file = inside(path, folder, where);
  if (!existsSync(file))
    throw new StoreError(
      `${where}: image ${path} is missing in ${folder}. Put it there, or take the line out.`,
    );
  const { size } = statSync(file);
  if (size > MOST_BYTES)
    throw new StoreError(
      `${where}: image ${path} has ${size} bytes: expected at most ${MOST_BYTES}. Make it smaller.`,
    );
  return { bytes: readFileSync(file), ...idInPath(path) };
}

function inside(path: string, folder: string, where: string): string {
  try {
    return resolveInside(folder, path);
  } catch (cause) {
    throw new StoreError(`${where}: ${(cause as Error).message}`, { cause });
  }
}

function parse(line: string, where: string): Record<string, unknown> {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row === "object" && row !== null && !Array.isArray(row)) return row as Record<string, unknown>;
  } catch (cause) {
    throw new StoreError(
      `${where}: expected a JSON object, got text that does not parse (${(cause as Error).message}).`,
      { cause },
    );
  }
  throw new StoreError(
    `${where}: expected a JSON object with "prompt", "chosen" and "rejected", got ${line.slice(0, 40)}.`,
  );
}
