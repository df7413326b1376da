import { CheckpointError } from "../../errors.js";
import type { StoredArray } from "./safetensors.js";
import type { DetectorOpened, ServeEventOf } from "./serve-events.js";
import type { OpenDetectorRequest } from "./serve-requests.js";
import type { ServingProcess } from "./serving-process.js";
import { type ServingOptions, WatchedWorker } from "./watched-worker.js";

/** A worker that holds a detector, started and started again as a ServingWorker is. */
export class DetectingWorker {
  readonly #open: OpenDetectorRequest;
  readonly #worker: WatchedWorker;
  /** The process that holds the detector. */
  #holder: ServingProcess | undefined;
  #opened: DetectorOpened | undefined;

  constructor(open: OpenDetectorRequest, options: ServingOptions = {}) {
    this.#open = open;
    this.#worker = new WatchedWorker(options);
  }

  /** What the worker loaded. Throws ConfigError when it refuses, TrainerError when it fails. */
  opened(): Promise<DetectorOpened> {
    return this.#worker.turn(() => this.#started());
  }

  /** The objects with a score above `above` (0..1) in pictures (B, H, W, 3) uint8: one list a picture, in order. */
  detect(pixels: StoredArray<Uint8Array>, above: number): Promise<ServeEventOf<"detect-end">["detections"]> {
    return this.#worker.turn(() =>
      this.#worker.withFiles({ pixels }, async (input) => {
        await this.#started();
        return (await this.#worker.answer({ request: "detect", input, above }, "detect-end")).detections;
      }),
    );
  }

  /** Ends the process after what was asked so far. */
  close(): Promise<void> {
    return this.#worker.close();
  }

  async #started(): Promise<DetectorOpened> {
    const process = this.#worker.running();
    const before = this.#opened;
    if (before && process === this.#holder) return before;
    const opened = await this.#worker.answer(
      { request: "open-detector", ...this.#open },
      "open-detector-end",
    );
    if (before && before.detector !== opened.detector) {
      throw new CheckpointError(
        `The detector changed on disk while it was in use: expected ${before.detector}, the restarted worker loaded ${opened.detector}.`,
      );
    }
    [this.#opened, this.#holder] = [opened, process];
    return opened;
  }
}
