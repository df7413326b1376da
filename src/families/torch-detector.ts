import { DetectingWorker, type DetectorOpened, type ServingOptions } from "../adapters/python/index.js";
import { VerifierError } from "../errors.js";
import { COLOR_WORDINGS, COLORS } from "../geneval/colors.js";
import { GENEVAL_DEFAULTS } from "../geneval/options.js";
import type { Detection } from "../records/detection.js";
import type { Pixels } from "../records/image.js";
import type { Detector } from "../records/seams.js";

export interface TorchDetectorOptions extends ServingOptions {
  /** Folder of a Mask2Former trained for COCO instances. */
  readonly objects: string;
  /** Folder of a CLIP. */
  readonly colors: string;
  readonly device?: "cpu" | "cuda" | "auto";
  readonly threads?: number | null;
  /** Pictures sent to the worker together. Default 16. */
  readonly batch?: number;
}

/**
 * The detector of photographs in a worker process of its own. What counts as found is GenEval's business: detections that
 * none of its rules can keep are left out by the worker, the others come with their scores.
 */
export class TorchDetector implements Detector {
  readonly identity: string;
  readonly classes: readonly string[];
  readonly #worker: DetectingWorker;
  readonly #batch: number;

  private constructor(worker: DetectingWorker, opened: DetectorOpened, batch: number) {
    this.identity = `mask2former-clip:${opened.detector}`;
    this.classes = opened.classes;
    this.#worker = worker;
    this.#batch = batch;
  }

  /** Throws ConfigError when a folder does not hold what it should, TrainerError when the worker fails. */
  static async open(options: TorchDetectorOptions): Promise<TorchDetector> {
    const { objects, colors, device = "auto", threads = null, batch = 16, ...serving } = options;
    const words = { colorNames: COLORS, colorWordings: COLOR_WORDINGS };
    const worker = new DetectingWorker({ objects, colors, device, threads, ...words }, serving);
    const opened = await worker.opened().catch(async (cause: unknown) => {
      await worker.close();
      throw cause;
    });
    return new TorchDetector(worker, opened, batch);
  }

  /** Pictures may differ in size; those of one size are looked at together. Throws TrainerError when the worker fails. */
  async detect(images: readonly Pixels[]): Promise<Detection[][]> {
    const found: Detection[][] = images.map(() => []);
    for (const places of this.#batches(images)) {
      const pictures = places.map((place) => images[place] as Pixels);
      const answers = await this.#worker.detect(stacked(pictures), LOWEST_SCORE);
      if (answers.length !== places.length) {
        throw new VerifierError(`The detector answered for ${answers.length} of ${places.length} pictures.`);
      }
      for (const [index, place] of places.entries()) found[place] = answers[index] as Detection[];
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }

  /** Places of images of one size, at most a batch of them together. */
  #batches(images: readonly Pixels[]): number[][] {
    const bySize = new Map<string, number[]>();
    for (const [place, { width, height }] of images.entries()) {
      const size = `${width} x ${height}`;
      bySize.set(size, [...(bySize.get(size) ?? []), place]);
    }
    return [...bySize.values()].flatMap((places) => {
      const count = Math.ceil(places.length / this.#batch);
      return Array.from({ length: count }, (_, part) =>
        places.slice(part * this.#batch, (part + 1) * this.#batch),
      );
    });
  }
}

/** The lowest of GenEval's thresholds. */
const LOWEST_SCORE = Math.min(GENEVAL_DEFAULTS.threshold, GENEVAL_DEFAULTS.countingThreshold);

function stacked(pictures: readonly Pixels[]) {
  const { width, height } = pictures[0] as Pixels;
  const size = width * height * 3;
  const data = new Uint8Array(pictures.length * size);
  for (const [row, picture] of pictures.entries()) data.set(picture.data, row * size);
  return { shape: [pictures.length, height, width, 3], data };
}
