import type { Comparison } from "./compare.js";
import type { RowCosts } from "./costs.js";
import type { Evaluation } from "./evaluations.js";
import type { PairMargins, TrainingCurve } from "./training-charts.js";

/** Where a checkpoint comes from. */
export interface LineageEntry {
  readonly name: string;
  /** sha256 of the weights. */
  readonly identity: string;
  /** Identities of the checkpoints it was trained from. */
  readonly parents: readonly string[];
  /** Hash of the pair set it was trained on; absent for a base. */
  readonly pairsHash?: string;
  /** The reference policy as the round recorded it, e.g. "base". */
  readonly reference?: string;
  /** Whether the next round started from it; absent where that was not decided. */
  readonly promoted?: boolean;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** A judge's AUC within prompts; null where it could not be measured. */
interface Ranking {
  readonly auc: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  readonly prompts: number;
}

/** What a round did with the run's judge. */
export interface JudgeEntry {
  /** Of the round. */
  readonly name: string;
  /** Identities of the judge so far and of the tuned one. */
  readonly before: string;
  readonly tuned: string;
  readonly kept: boolean;
  /** Who labelled what it learned from. */
  readonly labels: string;
  readonly samples: { readonly own: number; readonly earlier: number };
  readonly heldOut: { readonly before: Ranking; readonly after: Ranking };
}

/** Sample images of one training: a row a prompt, a column a step. */
export interface SampleStrips {
  /** Of the training. */
  readonly name: string;
  readonly steps: readonly number[];
  /** Images as PNG data URIs, one a step. */
  readonly rows: readonly { readonly prompt: string; readonly images: readonly string[] }[];
}

/** Who looked at what, and how it is all made again. */
export interface Provenance {
  readonly command: string;
  readonly roles: readonly { readonly role: string; readonly who: readonly string[] }[];
  /** Who both labelled pairs and graded images; absent where nobody did. */
  readonly sameEye?: string;
  readonly pairs: readonly PairCounts[];
}

/** What mining gave a training; null where its set does not say. */
export interface PairCounts {
  /** Of the checkpoint. */
  readonly name: string;
  readonly stage: string;
  readonly policy: string;
  readonly pairs: number;
  readonly prompts: number | null;
  readonly promptsUsed: number | null;
  readonly candidates: number | null;
  /** Prompts that gave none, by reason, in words. */
  readonly dropped: string;
}

/** What is told of an image that is opened. */
export interface ImageFacts {
  readonly seed: number | null;
  readonly checkpoint: string;
  readonly verdicts: readonly {
    readonly judge: string;
    readonly question: string;
    readonly step: number;
    readonly said: string;
    readonly reason?: string;
  }[];
}

/** All a report says; the images come from a callback. */
export interface ReportData {
  readonly title: string;
  /** When it was made, ISO 8601. */
  readonly created: string;
  readonly comparison: Comparison;
  /** The compared evaluations, in the comparison's order. */
  readonly evaluations: readonly Evaluation[];
  /** Names of the two evaluations the headline and the changed images are about. */
  readonly focus: { readonly from: string; readonly to: string };
  /** What the images of each row cost; rows that searched nothing are left out. */
  readonly costs: readonly RowCosts[];
  readonly made: Provenance;
  /** What is told of an image beside the evaluation's own words. */
  readonly facts: (candidateId: string) => ImageFacts;
  /** Bytes of images that the page may carry; changes beyond them are listed without. */
  readonly imageBytes: number;
  /** Text of each prompt by its id. */
  readonly prompts: ReadonlyMap<string, string>;
  readonly training: readonly TrainingCurve[];
  readonly margins: readonly PairMargins[];
  /** Images that trainings drew of the same prompts and seeds over their steps. */
  readonly samples: readonly SampleStrips[];
  readonly lineage: readonly LineageEntry[];
  /** Of the rounds that tuned the judge. */
  readonly judges: readonly JudgeEntry[];
  /** Whether a judge decided, and not GenEval's rules; false unless given. */
  readonly isJudged?: boolean;
  /** What a reader must know before the numbers, a sentence each: alarms, then what happened and found nothing. */
  readonly notes: readonly string[];
  readonly plainNotes: readonly string[];
}

/** A candidate's image as a PNG or JPEG data URI ("data:image/png;base64,..."). */
export type ImageSource = (candidateId: string) => Promise<string> | string;
