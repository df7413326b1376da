import { WORDS } from "./words.ts";

export function score(value: number | null): string {
  return value === null ? "–" : value.toFixed(3);
}

export function whole(value: number): string {
  return value.toLocaleString("en");
}

/** The first digits of a hash; a name as it is. */
export function short(id: string): string {
  return /^[0-9a-f]{17,}$/.test(id) ? id.slice(0, 10) : id;
}

export function duration(seconds: number): string {
  if (seconds < 90) return WORDS.units.seconds(Math.round(seconds));
  if (seconds < 5400) return WORDS.units.minutes(Math.round(seconds / 60));
  return WORDS.units.hours(Math.round(seconds / 360) / 10);
}

export function moment(milliseconds: number): string {
  return new Date(milliseconds).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}

/** As many digits as say something. */
export function rate(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
