/** A whole number, or its digits as text where a number would not tell it from its neighbours: seeds go to 2^64. */
export function exactNumber(whole: bigint): number | string {
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : String(whole);
}

const LONG_SEED = /("\w*seed"\s*:\s*)(\d{16,})(?=\s*[,}\]])/g;

/** What JSON says, with seeds that a number cannot hold as text. Throws SyntaxError. */
export function parseExactly(json: string): unknown {
  return JSON.parse(
    json.replace(LONG_SEED, (all, name, digits) => {
      return typeof exactNumber(BigInt(digits)) === "string" ? `${name}"${digits}"` : all;
    }),
  );
}
