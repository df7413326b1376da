import type { CandidateFiles } from "../../adapters/arrow/index.js";
import type { NewSearch, VerdictRow } from "../../adapters/store/index.js";
import type { VerifierConfig } from "../../config/schema/verifier.js";
import type { Candidate } from "../../records/candidate.js";
import type { GridImage } from "../../records/image.js";
import type { Detector, Judge } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import type { SetImage } from "../image-overlap.js";
import type { ShardOrder } from "../running/distributable-shards.js";
import type { CandidateSource, Sampled } from "../sampling/wanted-candidates.js";
import type { EvaluationImage } from "./images.js";
import type { Leak } from "./leaks.js";

export interface EvaluationParams {
  /** `validation`, `evaluation-plain`, `evaluation-parm-20`. */
  readonly name: string;
  /** How tables name it: "base", "round 2 + ORM best-of-8". */
  readonly label: string;
  /** The same for all evaluations that are compared. */
  readonly images: readonly EvaluationImage[];
  /** What its prompts share with training; part of the summary. */
  readonly leaks?: readonly Leak[];
  /** The images that the checkpoint was trained on, streamed anew at every call; absent where nothing is known of them. */
  readonly trainedOn?: () => AsyncIterable<SetImage>;
  readonly verifier: VerifierConfig;
  readonly source: CandidateSource;
  readonly files: CandidateFiles;
  /** Selects among the candidates of an image; also a second opinion on every image it is given for. */
  readonly judge: Judge | null;
  readonly detector: Detector;
  /** An image from its token grid. */
  readonly image: (tokens: Uint16Array) => GridImage;
  /** The run's seed and what the images are for: with prompt and sample they give the seeds, whatever the checkpoint. */
  readonly seed: number;
  readonly purpose: string;
  /** Candidates of one shard, at most; at least one image's. */
  readonly shardImages: number;
}

/** The images of one shard. */
export interface EvaluationOrder extends ShardOrder {
  readonly kind: "evaluation";
  readonly images: readonly EvaluationImage[];
  readonly verifier: VerifierConfig;
  readonly seed: number;
  readonly purpose: string;
  /** Candidates that the workspace has, and what the judge said of them; only asked for where the verifier is pooled. */
  readonly known: readonly Sampled[];
  readonly verdicts: readonly VerdictRow[];
}

/** The images of a shard, and what is to be stored with them. */
export interface ChosenImages {
  /** One an image of the shard, in order. */
  readonly chosen: readonly { readonly candidate: Candidate; readonly verdict: Verdict | undefined }[];
  /** Candidates that the workspace does not have yet. */
  readonly fresh: readonly Candidate[];
  readonly verdicts: readonly VerdictRow[];
  readonly searches: readonly NewSearch[];
}
