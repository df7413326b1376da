import { type FileMetaData, parquetSchema, type SchemaTree } from "hyparquet";

/** Of the magic number and the length at the end of a file. */
const TAIL = 8;

/**
 * What is wrong with what a Parquet file says of itself; undefined where it adds up. Counts decide how much is allocated and how often is
 * looped before a page is looked at: a flipped bit of them would take all memory, or hours.
 */
export function metadataFault(metadata: FileMetaData, bytes: number): string | undefined {
  const tree = parquetSchema(metadata);
  let rows = 0n;
  for (const [index, { num_rows, columns }] of metadata.row_groups.entries()) {
    const group = `row group ${index}`;
    if (num_rows < 0n) return `${group} says that it has ${num_rows} rows`;
    rows += num_rows;
    for (const { meta_data } of columns) {
      if (meta_data === undefined) return `${group} says nothing of a column`;
      const { path_in_schema, num_values, total_compressed_size, total_uncompressed_size } = meta_data;
      const column = `column ${path_in_schema.join(".")} of ${group}`;
      const isFewer = num_values < num_rows;
      if (isFewer || (num_values > num_rows && !isRepeated(tree, path_in_schema)))
        return `${column} has ${num_values} values for ${num_rows} rows`;
      const begin = meta_data.dictionary_page_offset ?? meta_data.data_page_offset;
      const isInside = begin >= 0n && begin + total_compressed_size <= BigInt(bytes - TAIL);
      if (total_compressed_size < 0n || total_uncompressed_size < 0n || !isInside)
        return `${column} says that it lies at ${begin} with ${total_compressed_size} bytes, in a file of ${bytes}`;
    }
  }
  return rows === metadata.num_rows ? undefined : `its row groups have ${rows} of ${metadata.num_rows} rows`;
}

/** Whether a row may have several values of a column. */
function isRepeated(tree: SchemaTree, path: readonly string[]): boolean {
  let at: SchemaTree | undefined = tree;
  for (const name of path) {
    at = at?.children.find(({ element }) => element.name === name);
    if (at?.element.repetition_type === "REPEATED") return true;
  }
  return false;
}
