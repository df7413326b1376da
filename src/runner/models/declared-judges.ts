import type { Store } from "../../adapters/store/index.js";
import type { RunConfig } from "../../config/freeze-config.js";
import { openModelPlaces } from "../../families/model-places.js";
import { openJudge } from "../../judges/open-judge.js";
import { closeAll } from "../../records/closing.js";
import type { Progress } from "../../records/progress.js";
import type { Judge } from "../../records/seams.js";

/** A judge that the settings have by a name, opened once; undefined where they have none of that name. */
export interface DeclaredJudges {
  (name: string): Promise<Judge> | undefined;
  close(): Promise<void>;
}

/** Opens the judges that settings describe when they are first asked for. */
export function declaredJudges(about: {
  readonly store: Store;
  readonly config: Pick<RunConfig, "judges">;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}): DeclaredJudges {
  const { store, config, progress, signal } = about;
  const opened = new Map<string, Promise<Judge>>();
  const places = openModelPlaces({ ...(progress ? { progress } : {}), ...(signal ? { signal } : {}) });
  const open = (name: string) => {
    const known = opened.get(name);
    const settings = config.judges.find((one) => one.name === name);
    if (known !== undefined || settings === undefined) return known;
    const onNote = (text: string) => progress?.note(text);
    const judge = openJudge(settings, {
      ...{ answers: store.answers, onNote, resolveModel: (name: string) => places.resolve(name) },
      ...(signal ? { signal } : {}),
    });
    opened.set(name, judge);
    return judge;
  };
  return Object.assign(open, { close: () => closeAll([...opened.values()]) });
}
