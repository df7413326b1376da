/**
 * Score over N and over the generator's function evaluations (arXiv 2501.09732, figure 2) for every verifier of
 * pipelines/paper-tables.ts, on the base and on the DPO generators. It goes on in the workspace of the tables and reads
 * their candidates back: every second of their images. Nearly all of the time goes to the searches that sample anew at
 * every N.
 */
import { definePipeline } from "../src/index.js";
import { OWN_POINTS } from "./paper/curves.js";
import { rowOf } from "./paper/rows.js";

export default definePipeline({
  name: "paper-curves",
  seed: 17,
  models: { judge: null },
  rounds: 0,
  evaluation: {
    images: { perTask: 85 },
    compare: "with-first",
    rows: OWN_POINTS.map((point) => rowOf(point, point.n)),
  },
  shardImages: 1000,
});
