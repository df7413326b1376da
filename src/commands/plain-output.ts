import type { Surroundings } from "./surroundings.js";

/** What moves a terminal's cursor, sets its title or turns its text round; lines and tabs are left. */
const CONTROLS = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;

/** Text as a terminal may show it: prompts, names of files and answers of the Hub are other people's. */
export function forPeople(text: string): string {
  return text.replace(CONTROLS, "");
}

/** A JSON document that a terminal may show as well: what would be a control character in it is escaped. */
export function asJson(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, 2).replace(CONTROLS, escaped);
}

/** The same surroundings, to which nothing but plain text gets through; only bars are drawn with codes for a terminal. */
export function plainly(given: Surroundings): Surroundings {
  const { out, errors } = given;
  const write = (text: string) => errors.write(forPeople(text));
  return { ...given, bars: errors, out: (text) => out(forPeople(text)), errors: { write } };
}
