import type { Store } from "../../adapters/store/index.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { Comparison } from "../../stages/comparison/compare.js";
import type { Evaluation } from "../../stages/comparison/evaluations.js";
import { renderReport } from "../../stages/comparison/report.js";

/** Flips of each kind that a report shows. */
const EXAMPLES = 24;
/** Longest side of a picture in a report: it carries all of them. */
const SIDE = 320;

/** The comparison of sources of pictures as a page, with the pictures about which the first and the last disagree. */
export async function picturesReport(
  store: Store,
  parts: {
    readonly evaluations: readonly Evaluation[];
    readonly comparison: Comparison;
    readonly notes: readonly string[];
    /** Milliseconds since 1970. */
    readonly created: number;
  },
): Promise<string> {
  const { evaluations, comparison, notes, created } = parts;
  const files = pictureFiles(store.workspace.root);
  const names = evaluations.map(({ name }) => name);
  const ids = new Set(
    evaluations.flatMap(({ items }) => [...items.values()]).map(({ promptId }) => promptId),
  );
  const data = {
    title: names.join(" and "),
    created: new Date(created).toISOString(),
    ...{ comparison, evaluations, notes, examples: EXAMPLES },
    focus: { from: names[0] as string, to: names.at(-1) as string },
    prompts: new Map([...ids].map((id) => [id, store.prompts.find(id)?.text ?? id])),
    ...{ training: [], margins: [], samples: [], lineage: [], judges: [] },
    isJudged: true,
  };
  return renderReport(data, async (candidateId) => {
    const picture = store.candidates.find(candidateId)?.picture;
    if (picture === undefined)
      throw new Error(`Candidate ${candidateId} was evaluated as a picture but is none.`);
    return `data:image/jpeg;base64,${Buffer.from(await files.thumbnail(picture, SIDE)).toString("base64")}`;
  });
}
