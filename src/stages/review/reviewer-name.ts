import { ConfigError } from "../../errors.js";

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u;

/** The name as it is kept. Throws ConfigError when it is none. */
export function reviewerName(typed: string): string {
  const name = typed.normalize("NFC").trim();
  if (NAME.test(name)) return name;
  throw new ConfigError(
    `Expected a reviewer's name of 1 to 40 letters, digits, spaces, dots, dashes or underscores that begins with a ` +
      `letter or digit, got ${JSON.stringify(typed.slice(0, 60))}.`,
  );
}
