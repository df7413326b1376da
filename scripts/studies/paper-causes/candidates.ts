import type { CandidateFiles } from "../../../src/adapters/arrow/index.js";
import type { StageRow, Store } from "../../../src/adapters/store/index.js";
import { evaluateImage } from "../../../src/geneval/evaluate.js";
import type { SamplerSettings } from "../../../src/records/candidate.js";
import type { Prompt } from "../../../src/records/prompt.js";
import type { Detector, ImageDecoder } from "../../../src/records/seams.js";
import { wantedFor } from "../../../src/stages/evaluation/pooled.js";
import { locateKnown } from "../../../src/stages/sampling/wanted-candidates.js";
import type { Outcome } from "../../../src/statistics/strata.js";

/** One of the N candidates of an image, detected and checked by GenEval's rules. */
export interface SeenCandidate extends Outcome {
  readonly id: string;
  readonly steps: number;
  readonly tokens: Uint16Array;
}

/** What a study's candidates are read and looked at with. */
export interface Eyes {
  readonly store: Store;
  readonly files: CandidateFiles;
  readonly decoder: ImageDecoder;
  readonly detector: Detector;
}

/** The candidates of every image of an ORM's row, image by image in the row's order. */
export async function* candidatesOf(
  stage: StageRow,
  { store, files, decoder, detector }: Eyes,
): AsyncGenerator<SeenCandidate[]> {
  const { verifier, checkpoint, settings, seed, purpose } = stage.inputs as never as {
    verifier: Parameters<typeof wantedFor>[0]["verifier"];
    checkpoint: string;
    settings: SamplerSettings;
    seed: number;
    purpose: string;
  };
  for (const { promptId, attempt: sample } of store.searches.iterate(stage.id)) {
    const prompt = store.prompts.find(promptId) as Prompt;
    const { metadata } = prompt;
    if (metadata === undefined) throw new Error(`"${prompt.text}" cannot be checked.`);
    const wanted = wantedFor({ images: [{ prompt, sample }], verifier, seed, purpose });
    const located = locateKnown(store, { checkpoint, settings }, wanted);
    const rows = await Promise.all(located.map(({ file, row }) => files.read({ file, row })));
    const found = await detector.detect(await decoder.decode(rows.map(({ tokens }) => tokens)));
    yield rows.map(({ tokens }, at) => {
      const { id, steps } = located[at] as (typeof located)[number];
      const { correct } = evaluateImage(found[at] ?? [], metadata);
      return { id, steps, tokens, promptId, tag: metadata.tag, correct };
    });
  }
}
