import { MOST } from "../config/limits.js";
import { ConfigError } from "../errors.js";
import type { Progress } from "../records/progress.js";

/** What every command is given beside its own flags. */
export interface Context {
  /** The line as it was given, without --workspace and --json: given again it makes the same. */
  readonly words: readonly string[];
  /** Folder of the workspace, as the user named it. */
  readonly workspace: string;
  /** Folder of the installed project: pipelines, data and python lie in it. */
  readonly home: string;
  readonly progress: Progress;
  /** Says something at once, beside the report at the end. */
  readonly announce: (line: string) => void;
  /** The lines of standard input. */
  readonly lines: () => AsyncIterable<string>;
  /** Writes a line to standard output at once. */
  readonly print: (line: string) => void;
  /** Aborted on Ctrl-C: stop at the next safe point and throw. */
  readonly signal: AbortSignal;
}

/** What a command says: `data` for `--json`, `text` for people. */
export interface Report {
  readonly data: unknown;
  readonly text: string;
  /** Commands that come after it, each as its words; the program prints them with the workspace in use. */
  readonly next?: readonly (readonly string[])[];
  /** 0 unless given. */
  readonly exitCode?: 0 | 1 | 2;
}

/**
 * What else a command line must say, or leave out, for a flag to say anything; it is refused otherwise, never ignored. A
 * condition is a flag's key or a word's name ("verifier": it was given), or its value too ("by=judge", "what=data|train").
 */
export interface FlagRules {
  /** One of these must hold. */
  readonly requires?: readonly string[];
  /** None of these may hold. */
  readonly excludes?: readonly string[];
}

/** One flag. The name comes from its key: `perPrompt` is `--per-prompt`. */
export interface Flag<Value> extends FlagRules {
  readonly describe: string;
  /** Name of its value in the help; absent for a switch. */
  readonly takes?: string;
  readonly initial: Value;
  /** Reads what the user typed. Throws ConfigError. */
  readonly parse: (typed: string, flag: string) => Value;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;
type Values<Given extends Flags> = { readonly [Key in keyof Given]: Given[Key]["initial"] };

/** A word after the command's name. */
export interface Positional {
  readonly name: string;
  readonly describe: string;
  readonly required: boolean;
  /** Takes all that follow. */
  readonly many?: boolean;
}

export interface Command<Given extends Flags = Flags> {
  readonly name: string;
  readonly summary: string;
  /** Example lines under the help. */
  readonly examples: readonly string[];
  readonly positionals: readonly Positional[];
  readonly flags: Given;
  /** Left out of the help: other programs start it. */
  readonly hidden?: boolean;
  /** Whether the same line goes on where it was interrupted. */
  readonly resumable?: boolean;
  run(words: readonly string[], flags: Values<Given>, context: Context): Promise<Report>;
}

/** Returns the command unchanged; carries the types of its flags into `run`. */
export function defineCommand<const Given extends Flags>(command: Command<Given>): Command {
  return command as unknown as Command;
}

/** A flag that is there or not. */
export function toggle(describe: string, rules: FlagRules = {}): Flag<boolean> {
  return { describe, initial: false, parse: () => true, ...rules };
}

/** A flag with a text value; `initial` null means nothing was said. */
export function text<Initial extends string | null>(
  describe: string,
  takes: string,
  initial: Initial,
  rules: FlagRules = {},
): Flag<string | Initial> {
  const parse = (typed: string, flag: string) => {
    if (typed.trim() !== "" && typed.length <= MOST.text) return typed;
    throw new ConfigError(
      `Expected ${flag} to be a ${takes} of 1 to ${MOST.text} characters, got ${typed.trim() === "" ? "nothing" : typed.length}.`,
    );
  };
  return { describe, takes, initial, parse, ...rules };
}

/** A flag whose value is one of `names`. */
export function oneOf<const Names extends readonly string[], Initial extends Names[number] | null>(
  describe: string,
  names: Names,
  initial: Initial,
  rules: FlagRules = {},
): Flag<Names[number] | Initial> {
  const parse = (typed: string, flag: string): Names[number] => {
    const found = names.find((name) => name === typed);
    if (found !== undefined) return found;
    throw new ConfigError(`Expected ${flag} to be one of ${names.join(", ")}, got "${typed}".`);
  };
  return { describe, takes: names.join("|"), initial, parse, ...rules };
}

/** A flag with a number from `least` to `most`: there is none without a limit. */
export function number<Initial extends number | null>(
  describe: string,
  range: { readonly least: number; readonly most: number; readonly whole?: boolean },
  initial: Initial,
  rules: FlagRules = {},
): Flag<number | Initial> {
  const { least, most, whole = true } = range;
  const parse = (typed: string, flag: string) => {
    const value = typed.trim() === "" ? Number.NaN : Number(typed);
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    throw new ConfigError(
      `Expected ${flag} to be a ${whole ? "whole " : ""}number from ${least} to ${most}, got "${typed}".`,
    );
  };
  return { describe, takes: "number", initial, parse, ...rules };
}

/** How a checkpoint is named on the command line. Names on the Hub are for pipelines whose models are released ones. */
export const CHECKPOINT_REFERENCE = "a name, id or folder; of released models also OWNER/NAME on the Hub";

/** How a judge is named on the command line. */
export const JUDGE_REFERENCE = `${CHECKPOINT_REFERENCE}; one of the pipeline's "judges"; or a JSON file with a judge's settings`;

/** The flag that a key stands for: `perPrompt` is `--per-prompt`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
