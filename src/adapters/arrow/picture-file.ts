import type { Rows } from "./batch-file.js";
import { imageColumn, numberColumn, optionalNumberColumn, textColumn } from "./columns.js";
import type { PictureFileRow, WrittenFile } from "./rows.js";
import { type RowOf, writeTable } from "./table-file.js";

/** Pictures in memory at a time: what is said of them, not their bytes. */
const BATCH_ROWS = 1024;

/** What stands in a file of pictures: `image` opens as one in `datasets`, from where it lies. */
const COLUMNS = {
  id: textColumn(),
  prompt_id: textColumn(),
  prompt: textColumn(),
  seed: optionalNumberColumn(),
  image: imageColumn(),
  sha256: textColumn(),
  format: textColumn(),
  width: numberColumn("uint32"),
  height: numberColumn("uint32"),
  /** JSON. */
  metadata: textColumn(),
} as const;

/** Streams candidates that are pictures into an Arrow file, which appears whole or not at all. Their bytes stay where they are. */
export function writePictures(file: string, rows: Rows<PictureFileRow>): Promise<WrittenFile> {
  return writeTable(file, COLUMNS, toTable(rows), BATCH_ROWS);
}

async function* toTable(rows: Rows<PictureFileRow>): AsyncGenerator<RowOf<typeof COLUMNS>> {
  for await (const { id, promptId, prompt, seed, picture, path, metadata } of rows) {
    const { sha256, format, width, height } = picture;
    yield {
      ...{ id, prompt_id: promptId, prompt, seed, sha256, format, width, height },
      image: { bytes: null, path },
      metadata: JSON.stringify(metadata),
    };
  }
}
