import { pairedShift, type Shift } from "../../statistics/paired-shift.js";

/** P(yes) of two verifiers on the sample images of a step; null where one gave no score. */
export interface JudgedSamples {
  readonly step: number;
  /** By what training follows: the labeller of its pairs, or the judge that guides it. */
  readonly training: readonly (number | null)[];
  /** By a verifier that training never sees. */
  readonly heldOut: readonly (number | null)[];
  /** Task of each image, "" for those of none; absent where no prompt has one. */
  readonly tasks?: readonly string[];
}

/** How the two verifiers see one task's sample images, and how that has changed. */
export interface TaskJudged {
  readonly images: number;
  readonly "samples/training": number | null;
  readonly "samples/held_out": number | null;
  readonly training_shift: Shift | null;
  readonly held_out_shift: Shift | null;
}

/** What is kept of a step's sample images, beside the trainer's own events. */
export interface SamplesJudged {
  readonly event: "samples-judged";
  readonly step: number;
  /** Images that both verifiers scored, now and at first. */
  readonly images: number;
  /** Means of P(yes). */
  readonly "samples/training": number | null;
  readonly "samples/held_out": number | null;
  /** Mean change since the first sample images, and its standard error. */
  readonly training_shift: Shift | null;
  readonly held_out_shift: Shift | null;
  readonly over_optimised: boolean;
  /** What one task gains and another loses; images of no task are in none. */
  readonly tasks: Readonly<Record<string, TaskJudged>>;
}

/** Standard errors that a mean must have moved by to count as moved. */
const SURE = 2;

/**
 * A step against the first: over-optimised where the verifier that training follows has surely risen while the held-out
 * one has surely fallen, on the same prompts and seeds (Gao et al. 2022, arXiv 2210.10760).
 */
export function compareSamples(first: JudgedSamples, now: JudgedSamples): SamplesJudged {
  const all = compareOf(first, now, () => true);
  const names = [...new Set(now.tasks ?? [])].filter((name) => name !== "").sort();
  return {
    event: "samples-judged",
    step: now.step,
    ...all,
    over_optimised: moved(all.training_shift, 1) && moved(all.held_out_shift, -1),
    tasks: Object.fromEntries(names.map((name) => [name, compareOf(first, now, (task) => task === name)])),
  };
}

/** Of the images whose task is wanted. */
function compareOf(
  first: JudgedSamples,
  now: JudgedSamples,
  isWanted: (task: string) => boolean,
): TaskJudged {
  const of = (scores: readonly (number | null)[]) =>
    scores.filter((_, image) => isWanted(now.tasks?.[image] ?? ""));
  const training = pairedShift(of(first.training), of(now.training));
  const heldOut = pairedShift(of(first.heldOut), of(now.heldOut));
  return {
    images: Math.min(training?.count ?? 0, heldOut?.count ?? 0),
    "samples/training": meanOf(of(now.training)),
    "samples/held_out": meanOf(of(now.heldOut)),
    training_shift: training,
    held_out_shift: heldOut,
  };
}

/** How the held-out verifier sees each task against the first sample images; undefined where no image has a task. */
export function tasksNote({ step, tasks }: SamplesJudged): string | undefined {
  const parts = Object.entries(tasks).flatMap(([task, { images, held_out_shift: shift }]) =>
    shift === null ? [] : [`${task} ${shift.mean < 0 ? "-" : "+"}${amount(shift)} (${images} images)`],
  );
  if (parts.length === 0) return undefined;
  return `Sample images at step ${step} against the first, by the verifier that training never sees: ${parts.join(", ")}`;
}

/** The alarm in words. */
export function overOptimisedNote({ step, images, training_shift, held_out_shift }: SamplesJudged): string {
  return (
    `Over-optimised: at step ${step} the verifier that training follows has risen by ${amount(training_shift)} on ` +
    `${images} sample images of the same prompts and seeds, while one that it never sees has fallen by ` +
    `${amount(held_out_shift)}. Train fewer steps, or at a lower learning rate.`
  );
}

function moved(shift: Shift | null, direction: 1 | -1): boolean {
  if (shift === null) return false;
  const distance = direction * shift.mean;
  return distance > 0 && distance > SURE * shift.standardError;
}

function amount(shift: Shift | null): string {
  return shift
    ? `${Math.abs(shift.mean).toFixed(3)} ± ${shift.standardError.toFixed(3)}`
    : "an unknown amount";
}

function meanOf(scores: readonly (number | null)[]): number | null {
  const known = scores.filter((score) => score !== null);
  return known.length === 0 ? null : known.reduce((sum, score) => sum + score, 0) / known.length;
}
