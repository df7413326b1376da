import { MOST_PIXELS } from "../adapters/images/index.js";
import type { PictureLimits } from "./look-at.js";

/** Larger ones are no pictures of a generator. */
export const MOST_ENCODED: PictureLimits = { mostPixels: MOST_PIXELS, mostBytes: 64 * 2 ** 20 };
