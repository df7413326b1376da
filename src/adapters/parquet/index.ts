export type { ParquetColumns, ParquetRow } from "./columns.js";
export { parquetColumns, readParquet } from "./read-parquet.js";
export { writeParquet } from "./write-parquet.js";
