import * as nodeModule from "node:module";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "../errors.js";
import { IS_COMPILED } from "../machine/layout.js";
import * as hooks from "../machine/own-name-hooks.js";
import { moduleCure } from "./module-folder.js";

/** Of Node 22.15 and later. */
type RegisterHooks = (given: { readonly resolve: typeof hooks.resolve }) => void;

/** What Node's own type stripping leaves to a compiler: enums and the like, and ".js" that means a file in TypeScript. */
const LEFT_TO_COMPILER = [
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_MODULE_NOT_FOUND",
  "ERR_UNKNOWN_FILE_EXTENSION",
];

let isNamed = false;
/** Sources that are not compiled go through tsx already. */
let isCompiling = !IS_COMPILED;

/** What a file exports, by name. */
export interface Exported {
  readonly default?: unknown;
  readonly [name: string]: unknown;
}

/**
 * Imports a user's file, in TypeScript too: Node strips the types where it can, tsx does elsewhere. "espalier" in it is this program.
 * Throws ConfigError, beginning with `what` the file is, when it cannot be loaded.
 */
export async function importSource(file: string, what: string): Promise<Exported> {
  try {
    return (await imported(file)) as Exported;
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
    throw new ConfigError(`${what} cannot be loaded: ${reason}.${moduleCure(file)}`, { cause });
  }
}

async function imported(file: string): Promise<unknown> {
  if (!findsUs(file)) nameOurselves();
  const { href } = pathToFileURL(file);
  if (![".ts", ".mts"].includes(extname(file))) return import(href);
  try {
    return await import(href);
  } catch (fault) {
    const { code = "" } = fault as NodeJS.ErrnoException;
    if (isCompiling || !LEFT_TO_COMPILER.includes(code)) throw fault;
    isCompiling = true;
    const { register } = await import("tsx/esm/api");
    register();
    // Node remembers that the first address failed.
    return import(`${href}?compiled`);
  }
}

/** Whether "espalier" in the file is this program without our hook, which makes every later import slower. */
function findsUs(file: string): boolean {
  try {
    return pathToFileURL(nodeModule.createRequire(file).resolve("espalier")).href === hooks.OWN["espalier"];
  } catch {
    return false;
  }
}

function nameOurselves(): void {
  if (isNamed) return;
  isNamed = true;
  const { registerHooks } = nodeModule as { registerHooks?: RegisterHooks };
  if (registerHooks) registerHooks({ resolve: hooks.resolve });
  else nodeModule.register("../machine/own-name-hooks.js", import.meta.url);
}
