import { existsSync, readFileSync, statSync } from "node:fs";
import { MOST } from "../../../config/limits.js";
import { StoreError } from "../../../errors.js";
import { resolveBrought } from "../../../paths.js";
import type { PictureMetadata } from "../../../records/picture.js";

/** Image files beyond this are no images that a model of ours was shown. */
const MOST_BYTES = 64 * 2 ** 20;

/** Reads the cells of one foreign row; every reader names the row, the column, what was expected and what was found. */
export class Cells {
  constructor(
    private readonly row: Readonly<Record<string, unknown>>,
    readonly where: string,
    /** What paths of images are relative to, absolute. */
    private readonly folder: string,
  ) {}

  get columns(): readonly string[] {
    return Object.keys(this.row);
  }

  text(column: string): string {
    const cell = this.row[column];
    return typeof cell === "string" && cell !== "" ? cell : this.refuse(column, "a text");
  }

  /** A text, or what the user says in a list of chat messages. */
  prompt(column: string): string {
    const cell = this.row[column];
    if (!Array.isArray(cell)) return this.text(column);
    const said = cell.filter((message) => message?.role === "user").map(({ content }) => content);
    if (said.length > 0 && said.every((content) => typeof content === "string" && content !== ""))
      return said.join("\n");
    return this.refuse(column, "a text, or chat messages with a text of the user");
  }

  /** Values by name, as a JSON object in a text. */
  metadata(column: string): PictureMetadata {
    const values = parsed(this.text(column));
    const isPlain = (value: unknown) =>
      value === null || ["string", "number", "boolean"].includes(typeof value);
    if (typeof values === "object" && values !== null && Object.values(values).every(isPlain))
      return values as PictureMetadata;
    return this.refuse(column, "a JSON object of texts, numbers and true or false");
  }

  number(column: string): number {
    const cell = this.row[column];
    return isFiniteNumber(cell) ? cell : this.refuse(column, "a number");
  }

  seed(column: string): number {
    const cell = this.row[column];
    return isWhole(cell, MOST.seed) ? cell : this.refuse(column, `a whole number from 0 to ${MOST.seed}`);
  }

  flag(column: string): boolean {
    const cell = this.row[column];
    if (cell === true || cell === 1) return true;
    return cell === false || cell === 0 ? false : this.refuse(column, "true or false");
  }

  /** An image as bytes, as `datasets` stores it: { bytes, path }, or as a path relative to the folder of its file. */
  image(column: string): { bytes: Uint8Array; path: string } {
    return this.imageIn(this.row[column]) ?? this.refuse(column, IMAGE);
  }

  /** Two images or more. */
  images(column: string): { bytes: Uint8Array; path: string }[] {
    const cell = this.row[column];
    if (!Array.isArray(cell) || cell.length < 2) return this.refuse(column, "a list of at least two images");
    return cell.map((one) => this.imageIn(one) ?? this.refuse(column, `a list, each of it ${IMAGE}`));
  }

  /** The image of a list that has one. */
  onlyImage(column: string): { bytes: Uint8Array; path: string } {
    const [one, another] = this.entries(column);
    const image = another === undefined ? this.imageIn(one) : undefined;
    return image ?? this.refuse(column, `a list of one image`);
  }

  entries(column: string): readonly unknown[] {
    const cell = this.row[column];
    return Array.isArray(cell) ? cell : this.refuse(column, "a list");
  }

  numbers(column: string): number[] {
    const cell = this.row[column];
    if (Array.isArray(cell) && cell.every(isFiniteNumber)) return cell;
    return this.refuse(column, "a list of numbers");
  }

  integers(column: string, most: number): number[] {
    const cell = this.row[column];
    const isSmall = (one: unknown) => isWhole(one, most);
    if (Array.isArray(cell) && cell.every(isSmall)) return cell;
    return this.refuse(column, `a list of whole numbers from 0 to ${most}`);
  }

  /** The fields of a column that has some; empty where it has none. */
  within(column: string): Cells {
    const cell = this.row[column];
    const fields = typeof cell === "object" && cell !== null && !Array.isArray(cell) ? cell : {};
    return new Cells(fields as Record<string, unknown>, `${this.where}, "${column}"`, this.folder);
  }

  has(column: string): boolean {
    return this.row[column] !== undefined && this.row[column] !== null;
  }

  refuse(column: string, expected: string): never {
    const cell = this.row[column];
    const got = cell === undefined || cell === null ? "nothing" : describe(cell);
    throw new StoreError(
      `${this.where}: expected "${column}" to be ${expected}, got ${got}. The row has ${this.columns.join(", ")}: ` +
        "correct it, or the whole column where every row is like this.",
    );
  }

  private imageIn(cell: unknown): { bytes: Uint8Array; path: string } | undefined {
    if (cell instanceof Uint8Array) return { bytes: cell, path: "" };
    if (typeof cell === "string" && cell !== "") return { bytes: this.readFile(cell), path: cell };
    const { bytes, path } = (cell ?? {}) as { bytes?: unknown; path?: unknown };
    const name = typeof path === "string" ? path : "";
    if (bytes instanceof Uint8Array) return { bytes, path: name };
    return name === "" ? undefined : { bytes: this.readFile(name), path: name };
  }

  private readFile(path: string): Uint8Array {
    const file = this.inside(path);
    const problem = !existsSync(file)
      ? `is missing in ${this.folder}. Put it there, or take the row out`
      : !statSync(file).isFile()
        ? "is no file. Name a file, or take the row out"
        : statSync(file).size > MOST_BYTES
          ? `has ${statSync(file).size} bytes: expected at most ${MOST_BYTES}. Make it smaller`
          : undefined;
    if (problem !== undefined) throw new StoreError(`${this.where}: image ${path} ${problem}.`);
    return readFileSync(file);
  }

  private inside(path: string): string {
    try {
      return resolveBrought(this.folder, path);
    } catch (cause) {
      throw new StoreError(`${this.where}: ${(cause as Error).message}`, { cause });
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const IMAGE = "an image: bytes, { bytes, path }, or the path of a file";

function describe(cell: unknown): string {
  const text = cell instanceof Uint8Array ? `${cell.length} bytes` : (JSON.stringify(cell) ?? String(cell));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The candidate id in an image's file name, where it is one of ours. */
export function idInPath(path: string): { id?: string } {
  const id = /([0-9a-f]{24})\.\w+$/.exec(path)?.[1];
  return id === undefined ? {} : { id };
}

/** The id, where it is one of ours. */
export function ourId(id: string): { id?: string } {
  return /^[0-9a-f]{24}$/.test(id) ? { id } : {};
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Whether it is a whole number from 0 to `most`. */
function isWhole(value: unknown, most: number): value is number {
  return isFiniteNumber(value) && Number.isInteger(value) && value >= 0 && value <= most;
}
