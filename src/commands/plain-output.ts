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

/** "  2 rows without a label left out", a line for each reason; `leftOut`: counts by reason, if any. */
export function leftOutLines(leftOut: unknown): string[] {
  return Object.entries((leftOut ?? {}) as Record<string, number>).map(
    ([reason, count]) => `  ${count} ${count === 1 ? reason : reason.replace(/^\w+/, "$&s")} left out`,
  );
}

/** 75 -> "1 min 15 s". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** 1234567 -> "1.2 MB". */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
