import { StoreError } from "../../errors.js";

/** Reads the cells of one foreign row; every reader names the row, the column, what was expected and what was found. */
export class Cells {
  constructor(
    private readonly row: Readonly<Record<string, unknown>>,
    readonly where: string,
  ) {}

  text(column: string): string {
    const cell = this.row[column];
    return typeof cell === "string" && cell !== "" ? cell : this.refuse(column, "a text");
  }

  number(column: string): number {
    const cell = this.row[column];
    return typeof cell === "number" && Number.isFinite(cell) ? cell : this.refuse(column, "a number");
  }

  /** An image as bytes, or as `datasets` stores it: { bytes, path }. */
  image(column: string): { bytes: Uint8Array; path: string } {
    const cell = this.row[column];
    if (cell instanceof Uint8Array) return { bytes: cell, path: "" };
    const { bytes, path } = (cell ?? {}) as { bytes?: unknown; path?: unknown };
    if (bytes instanceof Uint8Array) return { bytes, path: typeof path === "string" ? path : "" };
    return this.refuse(column, "an image: bytes, or { bytes, path } with the bytes in the file");
  }

  integers(column: string, most: number): number[] {
    const cell = this.row[column];
    const fits = (one: unknown) => Number.isInteger(one) && (one as number) >= 0 && (one as number) <= most;
    if (Array.isArray(cell) && cell.every(fits)) return cell as number[];
    return this.refuse(column, `a list of whole numbers from 0 to ${most}`);
  }

  has(column: string): boolean {
    return this.row[column] !== undefined && this.row[column] !== null;
  }

  refuse(column: string, expected: string): never {
    const cell = this.row[column];
    const got = cell === undefined || cell === null ? "nothing" : describe(cell);
    throw new StoreError(
      `${this.where}: expected "${column}" to be ${expected}, got ${got}. Correct this row.`,
    );
  }
}

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
