import type { CandidateFileRow, PairFileRow, WrittenFile } from "./rows.js";

export type { CandidateFileRow, PairFileRow, PairSide, WrittenFile } from "./rows.js";

type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;

/** Streams candidates into an Arrow file, atomically. `shape.tokens` is the number of image tokens. */
export declare function writeCandidates(
  file: string,
  rows: Rows<CandidateFileRow>,
  shape: { readonly tokens: number },
): Promise<WrittenFile>;
export declare function readCandidates(file: string): AsyncGenerator<CandidateFileRow>;
/** Streams pairs into an Arrow file that `datasets` opens with decoded images, atomically. */
export declare function writePairs(
  file: string,
  rows: Rows<PairFileRow>,
  shape: { readonly tokens: number; readonly text: number },
): Promise<WrittenFile>;
export declare function readPairs(file: string): AsyncGenerator<PairFileRow>;
/** Random access by ledger location, keeping the last `kept` shards in memory. */
export declare function candidateFiles(
  root: string,
  kept?: number,
): { read(location: { readonly file: string; readonly row: number }): Promise<CandidateFileRow> };
