import { StoreError } from "../../errors.js";
import { type KnownFile, knownFile } from "./verify-file.js";

/** Random access to the rows of a workspace's Arrow files by the place the ledger gives. */
export interface RowFiles<Row> {
  /** `file` relative to the workspace root, `row` from 0. Throws StoreError when the file has no such row. */
  read(location: KnownFile & { readonly row: number }): Promise<Row>;
}

/** Opens shards of the workspace at `root` with `open` as they are asked for and keeps the `kept` last used in memory. */
export function rowFiles<Row>(
  root: string,
  open: (file: string) => AsyncIterable<Row>,
  kept: number,
): RowFiles<Row> {
  const loaded = new Map<string, Promise<Row[]>>();
  return {
    read: async ({ file, sha256, row }) => {
      const rows = loaded.get(file) ?? knownFile(root, { file, sha256 }).then((path) => loadRows(open(path)));
      // Map keeps insertion order: the first key is the longest unused.
      loaded.delete(file);
      loaded.set(file, rows);
      const [oldest] = loaded.keys();
      if (loaded.size > kept && oldest !== undefined) loaded.delete(oldest);
      const found = (await rows)[row];
      if (found !== undefined) return found;
      throw new StoreError(
        `${file} has ${(await rows).length} rows: expected one at ${row}. It is not the file that the ledger knows.`,
      );
    },
  };
}

async function loadRows<Row>(opened: AsyncIterable<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of opened) rows.push(row);
  return rows;
}
