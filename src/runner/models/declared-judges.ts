import type { Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import { openJudge } from "../../judges/open-judge.js";
import type { Progress } from "../../records/progress.js";
import type { Judge } from "../../records/seams.js";

/** A judge that the settings have by a name, opened once; undefined where they have none of that name. */
export type DeclaredJudges = (name: string) => Judge | undefined;

/** Opens the judges that settings describe when they are first asked for. */
export function declaredJudges(about: {
  readonly store: Store;
  readonly config: Pick<RunConfig, "judges">;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}): DeclaredJudges {
  const { store, config, progress, signal } = about;
  const opened = new Map<string, Judge>();
  return (name) => {
    const known = opened.get(name);
    const settings = config.judges.find((one) => one.name === name);
    if (known !== undefined || settings === undefined) return known;
    const onNote = (text: string) => progress?.note(text);
    const judge = openJudge(settings, { answers: store.answers, onNote, ...(signal ? { signal } : {}) });
    opened.set(name, judge);
    return judge;
  };
}
