import { readFile } from "node:fs/promises";
import { CheckpointError } from "../../errors.js";
import { decodeArray, type StoredArray } from "./safetensors.js";
import type { DrawerOpened, ServeEventOf } from "./serve-events.js";
import type { ForkRequest, IdentifyRequest, OpenDrawerRequest, OpenJudgeRequest } from "./serve-requests.js";
import type { ServingProcess } from "./serving-process.js";
import { type ServingOptions, WatchedWorker } from "./watched-worker.js";

/** Pixels (B, H, W, 3) uint8. */
export interface ShownPixels {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A loaded generator and its paths, for as long as one turn takes. */
export interface PathHolder {
  readonly opened: DrawerOpened;
  /** Changes with every loading: paths of another epoch are gone. */
  readonly epoch: number;
  begin(paths: readonly number[], prompts: readonly string[], seeds: readonly number[]): Promise<void>;
  advance(paths: readonly number[]): Promise<void>;
  fork(fork: ForkRequest): Promise<void>;
  show(paths: readonly number[]): Promise<ShownPixels>;
  drop(paths: readonly number[]): Promise<void>;
}

/** A worker that holds a generator of pictures with its paths, and a judge; started and started again as a ServingWorker is. */
export class DrawingWorker {
  readonly #worker: WatchedWorker;
  /** The process that holds the generator, and the one that holds the judge. */
  #holder: ServingProcess | undefined;
  #judging: ServingProcess | undefined;
  #asked = "";
  #judge = "";
  #opened: DrawerOpened | undefined;
  #epoch = 0;

  constructor(options: ServingOptions = {}) {
    this.#worker = new WatchedWorker(options);
  }

  /** How often a process was started. */
  get starts(): number {
    return this.#worker.starts;
  }

  /**
   * Runs a task with a generator, which is loaded unless it is there, after all that came before. Throws ConfigError when the
   * worker refuses, TrainerError when it fails.
   */
  drawing<Result>(
    generator: OpenDrawerRequest,
    task: (paths: PathHolder) => Promise<Result>,
  ): Promise<Result> {
    return this.#worker.turn(async () => {
      const opened = await this.#drawer(generator);
      return task(this.#holderOf(opened));
    });
  }

  /** Identity of a model on disk, and what it answers. Throws as `drawing`. */
  identify(model: IdentifyRequest): Promise<ServeEventOf<"identify-end">> {
    return this.#worker.turn(() => this.#worker.answer({ request: "identify", ...model }, "identify-end"));
  }

  /** P(yes) about pictures (B, H, W, 3) uint8, one list a question; null where the model gave no number. Throws as `drawing`. */
  judge(
    judge: OpenJudgeRequest,
    asked: { readonly questions: readonly string[]; readonly prompts: readonly string[] },
    pixels: StoredArray,
  ): Promise<ServeEventOf<"judge-pictures-end">["scores"]> {
    return this.#worker.turn(() =>
      this.#worker.withFiles({ pixels }, async (input) => {
        await this.#judgeHeld(judge);
        const request = { request: "judge-pictures", ...asked, input } as const;
        return (await this.#worker.answer(request, "judge-pictures-end")).scores;
      }),
    );
  }

  /** Ends the process after what was asked so far. */
  close(): Promise<void> {
    return this.#worker.close();
  }

  async #drawer(generator: OpenDrawerRequest): Promise<DrawerOpened> {
    const process = this.#worker.running();
    const asked = JSON.stringify(generator);
    if (this.#opened && process === this.#holder && asked === this.#asked) return this.#opened;
    const opened = await this.#worker.answer({ request: "open-drawer", ...generator }, "open-drawer-end");
    if (asked === this.#asked && this.#opened && this.#opened.generator !== opened.generator) {
      throw new CheckpointError(
        `The generator changed on disk while it was in use: expected ${this.#opened.generator}, the restarted worker loaded ${opened.generator}.`,
      );
    }
    [this.#opened, this.#holder, this.#asked] = [opened, process, asked];
    this.#epoch += 1;
    return opened;
  }

  async #judgeHeld(judge: OpenJudgeRequest): Promise<void> {
    const process = this.#worker.running();
    const asked = JSON.stringify(judge);
    if (process === this.#judging && asked === this.#judge) return;
    await this.#worker.answer({ request: "open-judge", ...judge }, "open-judge-end");
    [this.#judging, this.#judge] = [process, asked];
  }

  #holderOf(opened: DrawerOpened): PathHolder {
    const worker = this.#worker;
    return {
      opened,
      epoch: this.#epoch,
      begin: async (paths, prompts, seeds) => {
        await worker.answer({ request: "paths-open", paths, prompts, seeds }, "paths-open-end");
      },
      advance: async (paths) => {
        await worker.answer({ request: "paths-advance", paths }, "paths-advance-end");
      },
      fork: async (fork) => {
        await worker.answer({ request: "paths-fork", ...fork }, "paths-fork-end");
      },
      show: (paths) =>
        worker.withFiles({}, async (_input, output) => {
          await worker.answer({ request: "paths-show", paths, output }, "paths-show-end");
          return decodeArray(await readFile(output), "pixels", "U8");
        }),
      drop: async (paths) => {
        await worker.answer({ request: "paths-drop", paths }, "paths-drop-end");
      },
    };
  }
}
