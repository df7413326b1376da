import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LAYOUT } from "./layout.js";

/**
 * Both languages read these: what a variable with a secret is called, and what a secret looks like in a text.
 * @type {{ readonly names: string, readonly texts: string }}
 */
const PATTERNS = JSON.parse(
  readFileSync(join(LAYOUT.pythonProject, "espalier_torch", "secrets.json"), "utf8"),
);
const NAMES = new RegExp(PATTERNS.names, "i");
const TEXTS = new RegExp(PATTERNS.texts);

/**
 * An environment without what looks like a token, a password or a key; the address of a proxy is none.
 * @param {NodeJS.ProcessEnv} environment
 * @param {(name: string) => boolean} [isKept] names that stay all the same
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutSecrets(environment, isKept = () => false) {
  const isSecret = (/** @type {string} */ name, /** @type {string} */ value) =>
    NAMES.test(name) || (TEXTS.test(value) && !/_proxy$/i.test(name));
  const entries = Object.entries(environment);
  return Object.fromEntries(entries.filter(([name, value = ""]) => isKept(name) || !isSecret(name, value)));
}

/**
 * The first token, password or key in a text; undefined where there is none.
 * @param {string} text
 * @returns {string | undefined}
 */
export function secretIn(text) {
  return TEXTS.exec(text)?.[0];
}
