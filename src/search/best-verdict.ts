import type { Verdict } from "../records/verdict.js";

type Scored = Extract<Verdict, { kind: "scored" }>;

/** Index of the best verdict; undefined when none is scored. */
export function bestVerdict(verdicts: readonly Verdict[]): number | undefined {
  return ranking(verdicts)[0];
}

/**
 * Indices of the scored verdicts from the best down, equal ones in their order. Verdicts that carry the opinions of an
 * ensemble are compared by their ranks under each judge (arXiv 2501.09732, section 4.2), all others by score.
 */
export function ranking(verdicts: readonly Verdict[]): number[] {
  const scored = [...verdicts.entries()].filter((entry): entry is [number, Scored] => isScored(entry[1]));
  const merits = meritsOf(scored.map(([, verdict]) => verdict));
  const merited = scored.map(([index], place) => ({ index, merit: merits[place] ?? 0 }));
  return merited.sort((one, other) => other.merit - one.merit).map(({ index }) => index);
}

/** Whether the verdict is a score of at least `threshold`. A failed or early verdict is no yes. */
export function isYes(verdict: Verdict, threshold: number): boolean {
  return isScored(verdict) && verdict.score >= threshold;
}

/** Whether the verdict is a score below `threshold`. A failed or early verdict is no no. */
export function isNo(verdict: Verdict, threshold: number): verdict is Scored {
  return isScored(verdict) && verdict.score < threshold;
}

/** A verdict in words: "0.8312", "not ready", "failed: why". */
export function sayVerdict(verdict: Verdict): string {
  if (isScored(verdict)) return verdict.score.toFixed(4);
  return verdict.kind === "failed" ? `failed: ${verdict.reason}` : "not ready";
}

function isScored(verdict: Verdict): verdict is Scored {
  return verdict.kind === "scored";
}

/** The higher the better. */
function meritsOf(verdicts: readonly Scored[]): number[] {
  const judges = verdicts[0]?.opinions?.length;
  if (judges === undefined) return verdicts.map(({ score }) => score);
  const ranks = Array.from({ length: judges }, (_, judge) =>
    ranksOf(verdicts.map(({ opinions }) => opinions?.[judge] as number)),
  );
  return verdicts.map((_, index) => ranks.reduce((sum, ranking) => sum + (ranking[index] ?? 0), 0));
}

/** Rank of each value from below, the mean of their places for equal ones. */
function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  });
}
