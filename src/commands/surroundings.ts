/** What the program talks to; the tests bring their own. */
export interface Surroundings {
  /** Folder of the installed project. */
  readonly home: string;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
  /** Standard input; empty where there is none. */
  readonly input?: NodeJS.ReadableStream;
  /** Messages and progress. */
  readonly errors: ProgressStream;
  /** Where bars are drawn; `errors` unless given. */
  readonly bars?: ProgressStream;
}

/** Where progress is written: a terminal gets bars, anything else plain lines. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}
