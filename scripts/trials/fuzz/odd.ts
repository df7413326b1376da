import type { Chance } from "../random.js";

const LONG = "a".repeat(5000);
/** Texts that programs trip over. */
export const ODD_TEXTS: readonly string[] = [
  ...[
    "",
    " ",
    "\n",
    "\t",
    "-",
    "--",
    "-1",
    "0",
    "-0",
    "1e999",
    "1e12",
    "NaN",
    "Infinity",
    "0x10",
    "1_000",
    "1,5",
  ],
  ...["9007199254740993", "null", "undefined", "true", "__proto__", "constructor", "toString", "[]", "{}"],
  ...[
    "%",
    "_",
    "*",
    "'",
    '"',
    "';--",
    "`",
    "$(id)",
    "$HOME",
    "..",
    "../..",
    "/",
    "//",
    ".",
    "~",
    "/dev/null",
  ],
  ...["🦄", "é", "e\u0301", "\u202e", "\ufeff", "\u0000", "\u001b[31m", "\ud800", "ＡＢＣ", "İ", "ß"],
  ...[LONG, "a/".repeat(300), "000", "deadbeef", "g".repeat(16), "file:///etc/passwd", "http://127.0.0.1:9/"],
];

const ODD_VALUES: readonly unknown[] = [
  ...ODD_TEXTS,
  ...[null, true, false, 0, -1, 1.5, 1e-320, 1e12, 1e308, 2 ** 53, [], {}, [[]], [null], [1, "a"], { a: 1 }],
];

export function oddText(chance: Chance): string {
  return chance.pick(ODD_TEXTS);
}

/** Words of a command line hold no NUL: no system can pass one. */
export function oddWord(chance: Chance): string {
  const word = chance.pick(ODD_TEXTS.filter((text) => !text.includes("\0") && !text.includes("\ud800")));
  return word;
}

export function oddValue(chance: Chance): unknown {
  return chance.pick(ODD_VALUES);
}

/** A copy of a JSON value with one to three of its parts replaced, left out, doubled or renamed. */
export function mutateJson(chance: Chance, value: unknown): unknown {
  let copy = structuredClone(value);
  for (let times = 1 + chance.below(3); times > 0; times--) copy = mutateOnce(chance, copy);
  return copy;
}

function mutateOnce(chance: Chance, value: unknown): unknown {
  if (typeof value !== "object" || value === null || chance.is(0.1)) return oddValue(chance);
  const keys = Object.keys(value);
  const key = keys.length === 0 ? "a" : chance.pick(keys);
  const holder = value as Record<string, unknown>;
  const inner = holder[key];
  if (typeof inner === "object" && inner !== null && chance.is(0.7)) holder[key] = mutateOnce(chance, inner);
  else if (chance.is(0.6)) holder[key] = oddValue(chance);
  else if (chance.is(0.4)) delete holder[key];
  else if (Array.isArray(value)) value.push(inner);
  else holder[`${key}${chance.pick(["s", " ", "X", "\u0000"])}`] = inner;
  return value;
}

/** A copy with bits flipped, its end cut, or a block left out, doubled or blanked. */
export function mutateBytes(chance: Chance, bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return Buffer.from(oddText(chance));
  const [at, length] = [chance.below(copy.length), 1 + chance.below(64)];
  const kind = chance.below(6);
  if (kind === 0) return copy.subarray(0, at);
  if (kind === 1) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
  if (kind === 2) return Buffer.concat([copy.subarray(0, at + length), copy.subarray(at)]);
  if (kind === 3) return copy.fill(0, at, Math.min(at + length, copy.length));
  if (kind === 4)
    return Buffer.concat([copy.subarray(0, at), Buffer.from(oddText(chance)), copy.subarray(at)]);
  for (let times = 1 + chance.below(8); times > 0; times--) {
    const place = chance.below(copy.length);
    copy[place] = (copy[place] as number) ^ (1 << chance.below(8));
  }
  return copy;
}
