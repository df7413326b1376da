import type { CandidateFiles } from "../../adapters/arrow/index.js";
import type { LocatedCandidate, StageRow, VerdictRow } from "../../adapters/store/index.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import type { GridImage, ImageHandle } from "../../records/image.js";
import type { Prompt } from "../../records/prompt.js";
import type { Judge } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { refuseTooManyFailures } from "../failed-verdicts.js";
import {
  distributable,
  type OnDone,
  type ShardOrder,
  type ShardProduct,
  type ShardTools,
} from "../running/distributable-shards.js";
import { runStage } from "../running/run-stage.js";
import type { StagePlace } from "../running/stage-place.js";
import { knownVerdicts, withKnownVerdicts } from "../sampling/known-verdicts.js";
import { scoresSummary } from "./scores-summary.js";

export interface ScoresParams {
  /** The finished candidates stage whose images are judged, shard by shard. */
  readonly candidates: StageRow;
  readonly judge: Judge;
  readonly files: CandidateFiles;
  /** An image from its token grid. */
  readonly image: (tokens: Uint16Array) => GridImage;
  /** The stage's; `scores` unless given. */
  readonly name?: string;
  /** Largest share of the verdicts that may fail, 0..1. */
  readonly failedVerdicts: number;
}

/**
 * Asks the judge for the outcome of each candidate. A failed verdict is stored and counted, never scored.
 * Throws VerifierError once more than `failedVerdicts` of the images so far failed.
 */
export async function scoreCandidates(place: StagePlace, params: ScoresParams): Promise<StageRow> {
  const { store } = place;
  const { candidates, judge, failedVerdicts } = params;
  const shards = store.shards.list(candidates.id);
  const pictures = pictureFiles(store.workspace.root);
  return runStage(place, {
    name: params.name ?? "scores",
    inputs: { candidates: candidates.id, judge: judge.identity, question: "outcome" },
    shards: shards.length,
    reads: function* (missing) {
      for (const index of missing) yield* store.candidates.ofShard(candidates.id, index);
    },
    unit: "images",
    unitsOf: (index) => shards[index]?.rows ?? 0,
    distributable: distributable({
      checkpoint: null,
      judge: judge.identity,
      order: (index): ScoresOrder => {
        const items = [...store.candidates.ofShard(candidates.id, index)];
        // What ranks depends on the company: the images of a prompt are judged together.
        return {
          kind: "scores",
          items,
          verdicts: judge.isRelative ? [] : knownVerdicts(store, judge, items),
        };
      },
      compute: (order, onDone) => computeScores(order, { ...params, pictures }, onDone),
      check: ({ data }) =>
        refuseTooManyFailures(
          data.map(({ verdict }) => verdict),
          { allowed: failedVerdicts, judge: judge.identity, what: "images" },
        ),
      rows: ({ data }) => data.length,
      record: (writer, { data }) => writer.verdicts(data),
    }),
    summary: () => scoresSummary(store, candidates, judge),
  });
}

/** The images of one shard of candidates. */
export interface ScoresOrder extends ShardOrder {
  readonly kind: "scores";
  readonly items: readonly (LocatedCandidate & { readonly prompt: Prompt })[];
  /** What the judge said of some of them before. */
  readonly verdicts: readonly VerdictRow[];
}

/** Asks the judge for the outcome of each image that it has not judged yet. */
export async function computeScores(
  { items, verdicts: known }: ScoresOrder,
  tools: ScoringTools,
  onDone: OnDone,
): Promise<ShardProduct<VerdictRow[]>> {
  const data = await withKnownVerdicts(tools.judge, { items, known }, (open) => judgeAll(open, tools));
  onDone(items.length);
  return { candidates: [], prompts: [], data };
}

/** What a shard of scores takes. */
export type ScoringTools = Pick<ShardTools, "files" | "image" | "pictures"> & {
  readonly judge: Judge;
};

async function judgeAll(
  items: ScoresOrder["items"],
  { judge, files, image, pictures }: ScoringTools,
): Promise<Verdict[]> {
  const images: { prompt: Prompt; image: ImageHandle }[] = [];
  for (const { picture, file, sha256, row, prompt } of items) {
    const shown = picture ? pictures.image(picture) : image((await files.read({ file, sha256, row })).tokens);
    images.push({ prompt, image: shown });
  }
  return judge.ask("outcome", images);
}
