import { PROMPT_COLUMNS } from "../adapters/prompt-records.js";
import { nameAmong } from "../adapters/text/delimited-rows.js";
import { PictureError } from "../errors.js";
import type { Claim } from "./claim.js";
import { insideFolder } from "./folders.js";
import { saidOf } from "./metadata.js";
import { PICTURE_COLUMNS } from "./rows.js";

/**
 * The pictures of a row, one or a list of them: a path relative to `folder` (absolute), bytes, or { bytes, path } as `datasets` keeps
 * images. Throws PictureError that names the row.
 */
export function claimsOf(row: Readonly<Record<string, unknown>>, where: string, folder: string): Claim[] {
  const columns = Object.keys(row);
  const [picture, prompt] = [PICTURE_COLUMNS, PROMPT_COLUMNS].map((known) => nameAmong(columns, known));
  if (picture === undefined) throw notRow(where, columns, "a picture", PICTURE_COLUMNS);
  if (prompt === undefined) throw notRow(where, columns, "a prompt", PROMPT_COLUMNS);
  const text = row[prompt];
  if (typeof text !== "string")
    throw new PictureError(
      `${where}: expected "${prompt}" to be a text, got ${JSON.stringify(text ?? null)}. Correct it, or take the row out.`,
    );
  const { [picture]: cell, [prompt]: _, ...others } = row;
  const said = saidOf(text, others);
  const cells = Array.isArray(cell) ? cell : [cell];
  return cells.map((one) => ({
    content: contentOf(one, { column: picture, where, folder }),
    where,
    said: () => said,
  }));
}

interface Place {
  readonly column: string;
  readonly where: string;
  readonly folder: string;
}

function contentOf(cell: unknown, { column, where, folder }: Place): Claim["content"] {
  if (cell instanceof Uint8Array) return { bytes: cell };
  const { bytes, path } = (typeof cell === "object" && cell !== null ? cell : { path: cell }) as {
    bytes?: unknown;
    path?: unknown;
  };
  if (bytes instanceof Uint8Array) return { bytes };
  if (typeof path === "string" && path !== "") return { file: insideFolder(folder, path, where) };
  throw new PictureError(
    `${where}: expected "${column}" to be a path, bytes or { bytes, path }, got ${JSON.stringify(cell ?? null).slice(0, 60)}. ` +
      "Correct it, or take the row out.",
  );
}

function notRow(
  where: string,
  columns: readonly string[],
  what: string,
  names: readonly string[],
): PictureError {
  return new PictureError(
    `${where}: expected a column of ${what} (${names.join(", ")}), got ${columns.join(", ") || "no column"}. Name it so.`,
  );
}
