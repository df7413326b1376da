import { evaluateImage } from "../../../src/geneval/evaluate.js";
import type { Detection } from "../../../src/records/detection.js";
import type { PromptMetadata } from "../../../src/records/prompt.js";
import { TwoRaters } from "../../../src/statistics/agreement.js";
import { bootstrap, type Estimate } from "../../../src/statistics/bootstrap.js";
import { overallValue, scoreStrata } from "../../../src/statistics/strata.js";

/** An image that the first detector has graded, and what the second one sees in it. */
export interface SeenTwice {
  readonly promptId: string;
  readonly metadata: PromptMetadata;
  /** By the first detector. */
  readonly correct: boolean;
  readonly seen: readonly Detection[];
}

/** How far two detectors agree on what is right. */
export interface Comparison {
  readonly images: number;
  /** Share of images on which both say the same, clustered by prompt, overall the mean of the tasks. */
  readonly agreement: Estimate;
  /** Cohen's. */
  readonly kappa: number;
  /** Mean of the tasks' scores by each. */
  readonly first: number;
  readonly second: number;
  readonly tasks: Readonly<Record<string, { readonly images: number; readonly agreement: number }>>;
}

export interface Graded extends SeenTwice {
  readonly secondCorrect: boolean;
}

/** Each image with the second detector's grade by the same GenEval rules. */
export function gradedTwice(images: readonly SeenTwice[]): Graded[] {
  return images.map((image) => ({
    ...image,
    secondCorrect: evaluateImage(image.seen, image.metadata).correct,
  }));
}

/** Throws RangeError without images. */
export function compareDetectors(images: readonly Graded[]): Comparison {
  if (images.length === 0) throw new RangeError("expected at least one image");
  const raters = new TwoRaters();
  for (const { correct, secondCorrect } of images) raters.add(String(correct), String(secondCorrect));
  const strata = (isRight: (image: Graded) => boolean) =>
    scoreStrata(
      images.map((image) => ({
        promptId: image.promptId,
        tag: image.metadata.tag,
        correct: isRight(image),
      })),
    );
  const agreed = strata(agrees);
  const { overall } = bootstrap(agreed);
  return {
    images: images.length,
    agreement: overall,
    kappa: raters.kappa,
    first: overallValue(strata(({ correct }) => correct)),
    second: overallValue(strata(({ secondCorrect }) => secondCorrect)),
    tasks: byTask(images),
  };
}

export function agrees({ correct, secondCorrect }: Graded): boolean {
  return correct === secondCorrect;
}

function byTask(images: readonly Graded[]): Comparison["tasks"] {
  const tasks = [...new Set(images.map(({ metadata }) => metadata.tag))];
  return Object.fromEntries(
    tasks.map((task) => {
      const own = images.filter(({ metadata }) => metadata.tag === task);
      return [task, { images: own.length, agreement: own.filter(agrees).length / own.length }];
    }),
  );
}
