import { StoreError } from "../../errors.js";
import type { Preference } from "../../records/preference.js";
import type { Cells } from "./layouts/cells.js";
import type { Layout, OnLeftOut } from "./layouts/layout.js";
import { openRows } from "./row-source.js";

/**
 * Streams the preferences of a file or folder whose rows are in one of `layouts`: each line of JSON in its own, a table in
 * the first that has its columns. Throws StoreError at the first row that cannot be read.
 */
export async function* readRows(
  path: string,
  layouts: readonly Layout[],
  onLeftOut: OnLeftOut,
): AsyncGenerator<Preference> {
  const { columns, rows } = await openRows(path);
  const table = columns && (layoutOf(layouts, columns) ?? refuseTable(path, layouts, columns));
  const read = layouts.flatMap(({ needs, reads }) => [...needs, ...reads]);
  for await (const cells of rows(read)) {
    const layout = table ?? layoutOf(layouts, cells.columns) ?? refuseLine(cells, layouts);
    const found = layout.preference(cells);
    if ("leftOut" in found) onLeftOut(found.leftOut);
    else yield found;
  }
}

/** The first of the layouts whose columns are all there. */
export function layoutOf(layouts: readonly Layout[], columns: readonly string[]): Layout | undefined {
  return layouts.find(({ needs }) => needs.every((column) => columns.includes(column)));
}

function refuseTable(path: string, layouts: readonly Layout[], columns: readonly string[]): never {
  const missing = layouts[0]?.needs.filter((column) => !columns.includes(column)) ?? [];
  throw new StoreError(
    `${path} has no column ${missing.join(", ")}: it has ${columns.join(", ")}. Name the format it was written in with --format.`,
  );
}

/** Where a line is close to something that is known, or meant for something else. */
const HINTS: readonly (readonly [needs: readonly string[], hint: string])[] = [
  [["tag", "include"], "It is GenEval's, of a file of prompts: espalier generate takes it."],
  [
    ["preferred_output", "non_preferred_output"],
    "OpenAI's rows hold messages: write each as prompt, chosen and rejected, the last two as paths of image files.",
  ],
  [["chosen"], 'A row of "chosen" alone is no preference: add "rejected".'],
  [["image1", "image2"], "Write the better one as chosen and the other as rejected."],
  [["prompt"], "If it is a file of prompts, espalier generate takes it."],
];

function refuseLine(cells: Cells, layouts: readonly Layout[]): never {
  const { columns, where } = cells;
  const known = layouts.map(({ needs }) => needs.join(", ")).join("; or ");
  const hint = HINTS.find(([needs]) => needs.every((column) => columns.includes(column)))?.[1];
  throw new StoreError(
    `${where}: expected ${known}, got ${columns.join(", ") || "an empty object"}. ` +
      `${hint ?? "Write every row in one of these ways (docs/formats.md)."}`,
  );
}
