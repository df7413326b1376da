import type { Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import type { QuestionsConfig } from "../../config/schema/questions.js";
import { readQuestions } from "../../judges/asking/read-questions.js";
import { judgeIdentity } from "../../judges/identity.js";
import type { Question } from "../../records/verdict.js";
import { nameOf } from "./names.js";

/** Who judges are, and in what words they are asked, as far as the settings of the runs say it. */
export interface JudgeBook {
  of(identity: string, question: Question): { readonly judgeName: string; readonly wording: string | null };
}

type Declared = RunConfig["judges"][number];

/** Reads the settings again whenever somebody has written. */
export function judgeBook(store: Store): JudgeBook {
  let known: { readonly version: number; readonly judges: ReadonlyMap<string, Declared> } | undefined;
  const declared = () => {
    const version = store.browse.version();
    if (known?.version !== version) known = { version, judges: declaredIn(store) };
    return known.judges;
  };
  return {
    of: (identity, question) => {
      const judge = declared().get(identity);
      if (judge === undefined) return { judgeName: nameOf(store, identity), wording: null };
      return { judgeName: judge.name, wording: wordsOf(judge, question) };
    },
  };
}

function declaredIn(store: Store): ReadonlyMap<string, Declared> {
  const judges = store.runs.list().flatMap(({ config }) => {
    const { settings } = config as { readonly settings?: Pick<RunConfig, "judges"> };
    return settings?.judges ?? [];
  });
  return new Map(judges.flatMap((judge) => known(() => [[judgeIdentity(judge), judge] as const]) ?? []));
}

function wordsOf(judge: Declared, question: Question): string | null {
  if (!("questions" in judge)) return null;
  return known(() => spoken(readQuestions(judge.questions)[question])) ?? null;
}

function spoken(asked: QuestionsConfig[Question]): string {
  if (asked.kind === "criteria")
    return asked.criteria.map(({ name, ask }) => `${name}: ${ask.join("\n")}`).join("\n");
  return asked.ask.join("\n");
}

/** Undefined where a file that is read for it is gone: a page shows the rest. */
function known<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
