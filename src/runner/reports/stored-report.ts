import { candidateFiles } from "../../adapters/arrow/index.js";
import { encodePng, pngDataUrl } from "../../adapters/images/index.js";
import type { Store } from "../../adapters/store/index.js";
import { BUNDLED_MODELS } from "../../families/bundled.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import { closingAfter } from "../../records/closing.js";
import type { Comparison } from "../../stages/comparison/compare.js";
import type { RowCosts } from "../../stages/comparison/costs.js";
import type { Evaluation } from "../../stages/comparison/evaluations.js";
import { renderReport } from "../../stages/comparison/report.js";
import type { ImageSource } from "../../stages/comparison/report-data.js";
import { findCandidate } from "../../stages/sampling/wanted-candidates.js";
import { modelsOf, withFamily } from "../models/with-family.js";
import { workspaceTokenizer } from "../models/workspace-tokenizer.js";
import type { RunOptions } from "../run/run-options.js";
import { imageFacts, provenanceOf } from "./provenance.js";
import { IMAGE_BYTES } from "./run-report.js";

/** What draws token grids. */
export type DrawingOptions = Pick<RunOptions, "workspace" | "family" | "models">;

/** Longest side of a picture in a report: it carries all of them. */
const SIDE = 320;

/** The comparison of stored evaluations as a page, with the images about which the first and the last disagree. */
export async function storedReport(
  store: Store,
  parts: {
    readonly stages: readonly string[];
    readonly evaluations: readonly Evaluation[];
    readonly comparison: Comparison;
    readonly costs: readonly RowCosts[];
    readonly notes: readonly string[];
    readonly isJudged: boolean;
    /** The line that makes it again. */
    readonly command: string;
    /** Milliseconds since 1970. */
    readonly created: number;
  },
  options: DrawingOptions,
): Promise<string> {
  const { stages, command, evaluations, created, ...rest } = parts;
  const names = evaluations.map(({ name }) => name);
  const ids = new Set(
    evaluations.flatMap(({ items }) => [...items.values()]).map(({ promptId }) => promptId),
  );
  const data = {
    title: names.join(" and "),
    created: new Date(created).toISOString(),
    ...{ ...rest, evaluations, plainNotes: [], imageBytes: IMAGE_BYTES },
    focus: { from: names[0] as string, to: names.at(-1) as string },
    prompts: new Map([...ids].map((id) => [id, store.prompts.find(id)?.text ?? id])),
    ...{ training: [], margins: [], samples: [], lineage: [], judges: [] },
    made: provenanceOf(store, stages, command),
    facts: (id: string) => imageFacts(store, id),
  };
  return withImages(store, options, (image) => renderReport(data, image));
}

/** Pictures as small JPEGs; token grids drawn by the tokenizer that the workspace names, which is opened only where there are some. */
async function withImages(
  store: Store,
  options: DrawingOptions,
  work: (image: ImageSource) => Promise<string>,
): Promise<string> {
  const pictures = pictureFiles(store.workspace.root);
  const thumbnail = async (id: string) => {
    const picture = store.candidates.find(id)?.picture;
    if (picture === undefined) return undefined;
    return `data:image/jpeg;base64,${Buffer.from(await pictures.thumbnail(picture, SIDE)).toString("base64")}`;
  };
  const files = candidateFiles(store.workspace.root);
  return withFamily(options, modelsOf(store), async (family) => {
    let opening: ReturnType<typeof family.openDecoder> | undefined;
    const drawn: ImageSource = async (id) => {
      const small = await thumbnail(id);
      if (small !== undefined) return small;
      opening ??= workspaceTokenizer({
        store,
        models: options.models ?? BUNDLED_MODELS,
        outside: family.outside,
      }).then(({ folder }) => family.openDecoder(folder));
      const candidate = await findCandidate(store, files, id);
      if (candidate === undefined) throw new Error(`Candidate ${id} was evaluated but is not stored.`);
      return pngDataUrl(await encodePng(await (await opening).image(candidate.tokens).pixels()));
    };
    return closingAfter(
      () => work(drawn),
      () => [opening],
    );
  });
}
