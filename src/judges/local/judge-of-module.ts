import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ConfigError } from "../../errors.js";
import type { Judge } from "../../records/seams.js";

/** The judge that a person's own file exports by default. Throws ConfigError where it is none. */
export async function judgeOfModule(file: string): Promise<Judge> {
  let module: { readonly default?: Partial<Judge> };
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as typeof module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The judge in ${file} cannot be loaded: ${reason}`, { cause });
  }
  const { identity, questions, batch, ask, close } = module.default ?? {};
  const isWhole = typeof identity === "string" && Array.isArray(questions) && typeof ask === "function";
  if (isWhole && typeof batch === "number" && typeof close === "function") return module.default as Judge;
  throw new ConfigError(
    `Expected ${file} to export a judge by default: { identity, questions, batch, ask, close } as the type Judge of "espalier" has them.`,
  );
}
