import type { Rows } from "./batch-file.js";
import { uint8ListColumn, uint16ListColumn } from "./columns.js";
import type { WrittenFile } from "./rows.js";
import { writeTable } from "./table-file.js";

const BATCH_ROWS = 1000;

/** A rendered scene and what is in it, for a detector to learn from. */
export interface ObjectScene {
  /** RGB, row-major, shape (height * width * 3,). */
  readonly pixels: Uint8Array;
  /** The token of each object's centre, 255 after the last, shape (objects,). */
  readonly places: Uint16Array;
  /** Each object's place among the shapes, shape (objects,); 0 after the last. */
  readonly shapes: Uint16Array;
  /** Each object's place among the colours, shape (objects,); 0 after the last. */
  readonly colors: Uint16Array;
}

/** Streams scenes into an Arrow file, which appears whole or not at all. `sizes`: values of an image, and objects at most. */
export function writeObjectScenes(
  file: string,
  rows: Rows<ObjectScene>,
  sizes: { readonly pixels: number; readonly objects: number },
): Promise<WrittenFile> {
  const columns = {
    pixels: uint8ListColumn(sizes.pixels),
    places: uint16ListColumn(sizes.objects),
    shapes: uint16ListColumn(sizes.objects),
    colors: uint16ListColumn(sizes.objects),
  };
  return writeTable(file, columns, rows, BATCH_ROWS);
}
