import type { estimateTraining, runJudgeTraining, runTraining } from "../adapters/python/index.js";
import type { SamplerSettings } from "../records/candidate.js";
import type { Cuts } from "../records/cut.js";
import type { Prompt, WordIds } from "../records/prompt.js";
import type { Detector, Encoder, ImageDecoder, Judge, Sampler } from "../records/seams.js";
import type { FindOutside } from "../stages/checkpoints/find-checkpoint.js";
import type { CaptionPairs } from "../stages/judge-report/ask-judge.js";
import type { LearnsFrom } from "../stages/training/refuse-strange-images.js";

/** What a run needs of a model family. Tests put fakes in its place. */
export interface Family {
  /** Throws PromptError at the first line that the family cannot draw. */
  readPrompts(file: string): Promise<readonly Prompt[]>;
  /** A prompt from its text, kept word for word. Throws PromptError when the family cannot draw it. */
  readonly promptOf: (text: string) => Prompt;
  /** Word ids, shape (text,). Throws PromptError. */
  readonly encodePrompt: (text: string) => WordIds | Promise<WordIds>;
  openDecoder(folder: string): Promise<ImageDecoder>;
  openEncoder(folder: string): Promise<Encoder>;
  openSampler(folder: string, options: SamplerOpening): Promise<Sampler>;
  openJudge(folder: string): Promise<Judge>;
  openDetector(): Detector | Promise<Detector>;
  /** Throws where a training could not start on this machine; absent where that is known by then. */
  readonly checkTrainer?: () => Promise<void>;
  /** What its trainer learns from; token grids where it does not say. */
  readonly learnsFrom?: LearnsFrom;
  readonly train: typeof runTraining;
  readonly estimate: typeof estimateTraining;
  readonly trainJudge: typeof runJudgeTraining;
  /** Throws ConfigError where the judge in a folder is of a kind that cannot be trained; absent where all can. */
  readonly refuseTuning?: (folder: string) => void;
  /** Images under true and false captions, with the encoder of this folder; absent where there are no scenes to render. */
  readonly captionPairs?: (tokenizer: string) => CaptionPairs;
  /** Finds models that others released; absent where only our own folders are read. */
  readonly outside?: FindOutside;
  /** Texts that its models read the beginning of alone; absent where such texts are refused. */
  readonly cuts?: Cuts;
  /** Names of the models that are not on this machine yet. */
  missing(): Promise<readonly string[]>;
  /** Ends the processes that hold models; what it opened is closed before. */
  close(): Promise<void>;
}

export interface SamplerOpening {
  readonly decoder: ImageDecoder;
  readonly settings: SamplerSettings;
  readonly slots: number;
  /** Of the workspace that pictures are kept in; null where none are. */
  readonly root: string | null;
}
