import { resolve } from "node:path";
import { importSource } from "../../adapters/import-source.js";
import type { TypeScriptJudgeConfig } from "../../config/schema/judges.js";
import { ConfigError } from "../../errors.js";
import type { Judge } from "../../records/seams.js";

/** The judge that a person's own file exports, known by the file's contents. Throws ConfigError where it is none. */
export async function judgeOfModule(
  { file, export: name }: TypeScriptJudgeConfig,
  identity: string,
): Promise<Judge> {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await importSource(resolve(file))) as typeof module;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The judge in ${file} cannot be loaded: ${reason}`, { cause });
  }
  const judge = (module[name] ?? {}) as Judge;
  const { questions, batch, ask, compare, close } = judge;
  const isWhole = typeof judge.identity === "string" && Array.isArray(questions) && typeof ask === "function";
  if (!isWhole || typeof batch !== "number" || typeof close !== "function")
    throw new ConfigError(
      `Expected ${file} to export a judge ${name === "default" ? "by default" : `as "${name}"`}: { identity, questions, batch, ask, close } as the type Judge of "espalier" has them.`,
    );
  const { readsTokens, isRelative, spent } = judge;
  return {
    // Its own name for itself would stay the same whatever its code becomes.
    ...{ identity, questions, batch },
    ...(readsTokens === undefined ? {} : { readsTokens }),
    ...(isRelative === undefined ? {} : { isRelative }),
    ask: (question, items) => judge.ask(question, items),
    ...(compare ? { compare: (items) => compare.call(judge, items) } : {}),
    ...(spent ? { spent: () => spent.call(judge) } : {}),
    close: () => judge.close(),
  };
}
