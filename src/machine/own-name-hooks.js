import { IS_COMPILED } from "./layout.js";

/** Where this program's own entry points are, by the names that a pipeline imports. @type {Readonly<Record<string, string>>} */
export const OWN = Object.fromEntries(
  ["index", "testing"].map((name) => [
    name === "index" ? "espalier" : `espalier/${name}`,
    new URL(`../${name}.${IS_COMPILED ? "js" : "ts"}`, import.meta.url).href,
  ]),
);

/**
 * Gives a pipeline that imports "espalier" the very program that loads it, wherever the file lies: beside no
 * node_modules, or beside another version. Node's hook of the same name.
 * @template Context, Resolved
 * @param {string} specifier
 * @param {Context} context
 * @param {(specifier: string, context: Context) => Resolved} nextResolve
 */
export function resolve(specifier, context, nextResolve) {
  return nextResolve(OWN[specifier] ?? specifier, context);
}
