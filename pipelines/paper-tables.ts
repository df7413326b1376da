/**
 * Every configuration of arXiv 2501.13926's tables 3 and 5 and of the searches of arXiv 2501.09732, on the bundled models:
 * 25 rows of 1,020 held-out images, N = 20. `npm run paper-tables` makes the aligned generators first
 * (pipelines/paper-alignments.ts), then these rows, then the curves over N, and writes docs/results/paper-tables.md.
 * Rows that only choose share the 20 candidates of each image and generator. About an hour and a half on two cores.
 */
import { definePipeline } from "../src/index.js";
import { PAPER_ROWS, rowOf } from "./paper/rows.js";

export default definePipeline({
  name: "paper-tables",
  seed: 17,
  // Every row names its own.
  models: { judge: null },
  rounds: 0,
  evaluation: { images: { perTask: 170 }, compare: "with-first", rows: PAPER_ROWS.map((row) => rowOf(row)) },
  shardImages: 1000,
});
