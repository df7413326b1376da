import type { Overhead } from "./simulate.js";

/**
 * What moving shards about costs, in seconds. `npm run bench:scale` measures the worker's part on the machine it runs on;
 * docs/scaling.md says what was found.
 */
export const OVERHEAD: Overhead = Object.freeze({ start: 10, perShard: 0.01, perCommit: 0.01 });
