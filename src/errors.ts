/** Base of every error the project raises on purpose. The CLI prints its message without a stack. */
export class EspalierError extends Error {
  /** Exit code: 2 for the user's input, 1 for a failed worker or our own fault. */
  readonly exitCode: 1 | 2 = 2;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A flag, a pipeline file or a setting is wrong. Says what, where, expected, got, the cure. */
export class ConfigError extends EspalierError {}

/** A prompt or prompt file cannot be used. */
export class PromptError extends EspalierError {}

/** A picture, or what names it, cannot be used. */
export class PictureError extends EspalierError {}

/** A checkpoint is missing, damaged or of another kind. */
export class CheckpointError extends EspalierError {}

/** The workspace, its database or one of its files cannot be used. */
export class StoreError extends EspalierError {}

/** A file that the ledger counts on is missing, or is not what was written. */
export class DamagedFileError extends StoreError {
  constructor(
    /** Absolute. */
    readonly file: string,
    readonly fault: string,
    cure: string,
    options?: ErrorOptions,
  ) {
    super(`${file} ${fault}. ${cure}`, options);
  }
}

/** The machine refused: a full or read-only disk, permissions, a missing file, memory, the network. */
export class MachineError extends EspalierError {}

/** The Hub refused, cannot be reached, or holds something that cannot be used. */
export class HubError extends EspalierError {}

/** A judge or detector cannot answer at all (a single failed image is a verdict, not an error). */
export class VerifierError extends EspalierError {
  override readonly exitCode = 1;
}

/** Shards could not be computed, or the cluster that was to compute them failed. */
export class ExecutorError extends EspalierError {
  override readonly exitCode = 1;
}

/** The Python worker failed: carries the last lines of its log. */
export class TrainerError extends EspalierError {
  override readonly exitCode = 1;
}
