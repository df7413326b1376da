import type { Strategy } from "../strategy.js";
import { type BestOfNOptions, bestOfN } from "./best-of-n.js";

/**
 * Random search over the sampler's noise (arXiv 2501.09732, section 3.2): N seeds drawn at random, the verifier keeps
 * the best. With a masked-token generator, whose noise is its seed, that is best-of-N under another name.
 */
export function randomSearch(options: BestOfNOptions): Strategy {
  return { ...bestOfN(options), name: `random-${options.candidates}` };
}
