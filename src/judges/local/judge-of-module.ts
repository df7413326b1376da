import { resolve } from "node:path";
import { importSource } from "../../adapters/import-source.js";
import { NOTHING_SPENT } from "../../adapters/store/index.js";
import type { TypeScriptJudgeConfig } from "../../config/schema/judges.js";
import { ConfigError } from "../../errors.js";
import type { Judge } from "../../records/seams.js";

/** The judge that a person's own file exports, known by the file's contents. Throws ConfigError where it is none. */
export async function judgeOfModule(
  { file, export: name }: TypeScriptJudgeConfig,
  identity: string,
): Promise<Judge> {
  const module = await importSource(resolve(file), `The judge in ${file}`);
  const judge = (module[name] ?? {}) as Judge;
  const isCallable = (key: keyof Judge) => typeof judge[key] === "function";
  const { questions, batch, readsTokens, isRelative } = judge;
  const isWhole = typeof judge.identity === "string" && Array.isArray(questions) && typeof batch === "number";
  if (!isWhole || !isCallable("ask") || !isCallable("close"))
    throw new ConfigError(
      `Expected ${file} to export a judge ${name === "default" ? "by default" : `as "${name}"`}: { identity, questions, batch, ask, close } as the type Judge of "espalier" has them.`,
    );
  return {
    // Its own name for itself would stay the same whatever its code becomes.
    ...{ identity, questions, batch },
    ...(readsTokens === undefined ? {} : { readsTokens }),
    ...(isRelative === undefined ? {} : { isRelative }),
    ask: (question, items) => judge.ask(question, items),
    ...(isCallable("compare") ? { compare: async (items) => (await judge.compare?.(items)) ?? [] } : {}),
    ...(isCallable("spent") ? { spent: () => judge.spent?.() ?? NOTHING_SPENT } : {}),
    close: () => judge.close(),
  };
}
