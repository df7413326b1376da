import type { Ended } from "./command.js";

/** What ended a command may have ended with. */
export interface Expectation {
  /** Exit codes that are right. */
  readonly codes: readonly number[];
  /** Whether it runs on a terminal, where bars move the cursor. */
  readonly terminal?: boolean;
}

/** A line of a stack, of Node or of Python. */
const STACK =
  /^\s+at (?:async |new )?\S+.*(?:[:(]|<anonymous>)|Traceback \(most recent call last\)|^node:internal/m;
/** Sent to a terminal, they move its cursor or worse. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** What is wrong with how a command ended, one sentence each. */
export function complaintsOf(ended: Ended, { codes, terminal = false }: Expectation): string[] {
  const { code, signal, out, errors, hung, seconds } = ended;
  const said = out + errors;
  const found: string[] = [];
  if (hung) return [`did not end within ${seconds.toFixed(0)} s`];
  if (signal !== null) found.push(`ended by ${signal}`);
  else if (!codes.includes(code as number)) found.push(`exit code ${code}, expected ${codes.join(" or ")}`);
  const stack = STACK.exec(said);
  if (stack) found.push(`printed a stack: ${stack[0].trim().slice(0, 120)}`);
  if (code === 2 && errors.trim() === "") found.push("refused without a word");
  if (/\[object \w+\]/.test(errors)) found.push("printed [object ...] in a message");
  if (!terminal && CONTROL.test(said)) found.push("printed control characters");
  return found;
}
