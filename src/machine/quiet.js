import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LAYOUT } from "./layout.js";

/**
 * Variables that keep the libraries and tools of both languages from telling their makers anything. A library reads
 * them when it is loaded, so they are set before.
 * @type {Readonly<Record<string, string>>}
 */
export const QUIET = Object.freeze(
  JSON.parse(readFileSync(join(LAYOUT.pythonProject, "espalier_torch", "quiet.json"), "utf8")),
);
