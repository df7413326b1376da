import { ConfigError } from "../errors.js";
import { type Command, flagName } from "./command.js";

/** A command line as it was read. */
export interface ReadLine {
  /** The words after the command's name. */
  readonly words: readonly string[];
  /** All flags by key, with their initial values where nothing was said. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Keys of the flags that were said. */
  readonly said: readonly string[];
}

/** Throws ConfigError for the first flag that says nothing on this line, by its own rules. */
export function refuseIdleFlags(command: Command, line: ReadLine): void {
  for (const key of line.said) {
    const { requires, excludes } = command.flags[key] ?? {};
    const flag = flagName(key);
    if (requires && !requires.some((condition) => holds(condition, command, line))) {
      const missing = requires.map((condition) => inWords(condition, command)).join(" or ");
      throw new ConfigError(`${flag} says nothing without ${missing}: add that, or leave ${flag} out.`);
    }
    const other = excludes?.find((condition) => holds(condition, command, line));
    if (other !== undefined) {
      throw new ConfigError(
        `${flag} says nothing beside ${inWords(other, command)}: leave one of the two out.`,
      );
    }
  }
}

function holds(condition: string, { positionals }: Command, { words, flags, said }: ReadLine): boolean {
  const [key = "", values] = condition.split("=");
  const place = positionals.findIndex(({ name }) => name === key);
  if (values === undefined) return place < 0 ? said.includes(key) : words[place] !== undefined;
  return values.split("|").includes(String(place < 0 ? flags[key] : words[place]));
}

/** "--by judge", "espalier judge data", "a set". */
function inWords(condition: string, { name, positionals }: Command): string {
  const [key = "", values] = condition.split("=");
  const isWord = positionals.some((one) => one.name === key);
  if (values === undefined) return isWord ? `a ${key}` : flagName(key);
  const start = isWord ? `espalier ${name}` : flagName(key);
  return values
    .split("|")
    .map((value) => `${start} ${value}`)
    .join(" or ");
}
