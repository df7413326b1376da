import { TwoRaters } from "../../statistics/agreement.js";
import type { Estimate } from "../../statistics/bootstrap.js";
import { calibration } from "../../statistics/calibration.js";
import { type ClusteredValue, clusteredMean } from "../../statistics/clustered-mean.js";
import { rankCorrelation } from "../../statistics/rank-correlation.js";
import { STATISTICS } from "./image-statistics.js";
import { isTie, type JudgedPair } from "./judged-pairs.js";

/** How good a judge is by what people, or another judge, said of the same pairs. Null where there is nothing to say it from. */
export interface AuditReport {
  readonly pairs: number;
  /** Pairs that the judge said nothing of, and why. */
  readonly failed: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** Of the pairs where people preferred one: the share where the judge did too, a tie being half. */
  readonly agreement: Estimate | null;
  /** Cohen's kappa over first, second and tie. */
  readonly kappa: number | null;
  /** How far P(first is better) is from how often it is, 0..1. */
  readonly calibrationError: number | null;
  /** Of ties: how many people said, how many the judge said, and the share of people's that the judge called so too. */
  readonly ties: { readonly people: number; readonly judge: number; readonly shared: number | null };
  /** Of a judge that compares: how often it prefers what is shown first, and how often the order decides. */
  readonly position: { readonly first: Estimate; readonly dependsOnOrder: Estimate } | null;
  /** Rank correlation of what it prefers with what has nothing to do with the prompt; beside it people's own. */
  readonly style: Readonly<Record<string, { readonly judge: number | null; readonly people: number | null }>>;
  /** Rank correlation of the scores with the prompts' lengths, where pictures are scored alone. */
  readonly promptLength: number | null;
}

export function auditReport(pairs: readonly JudgedPair[]): AuditReport {
  const said = pairs.filter((pair): pair is Said => pair.first !== undefined);
  const preferred = said.filter(({ label }) => label !== 0.5);
  const raters = new TwoRaters();
  for (const { label, first } of said) raters.add(nameOf(label), nameOf(first));
  const tied = said.filter(({ label }) => label === 0.5);
  return {
    pairs: pairs.length,
    failed: pairs.length - said.length,
    reasons: reasonsOf(pairs),
    agreement: estimate(
      preferred.map(({ promptId, label, first }) => ({ cluster: promptId, value: same(label, first) })),
    ),
    kappa: known(raters.kappa),
    calibrationError: known(
      calibration(preferred.map(({ label, first }) => ({ score: first, correct: label === 1 }))).error,
    ),
    ties: {
      people: tied.length,
      judge: said.filter(({ first }) => isTie(first)).length,
      shared: known(tied.filter(({ first }) => isTie(first)).length / tied.length),
    },
    position: positionOf(said),
    style: Object.fromEntries(STATISTICS.map((name) => [name, styleOf(said, preferred, name)])),
    promptLength: lengthOf(said),
  };
}

type Said = JudgedPair & { readonly first: number };

/** Two judges on the same pairs, in one order: the share on which they say the same, and kappa. */
export function judgesAgree(one: readonly JudgedPair[], other: readonly JudgedPair[]) {
  const raters = new TwoRaters();
  for (const [index, { first }] of one.entries()) {
    const second = other[index]?.first;
    if (first !== undefined && second !== undefined) raters.add(nameOf(first), nameOf(second));
  }
  return { pairs: raters.items, same: known(raters.observed), kappa: known(raters.kappa) };
}

function nameOf(first: number): string {
  if (isTie(first)) return "tie";
  return first > 0.5 ? "first" : "second";
}

function same(label: number, first: number): number {
  return isTie(first) ? 0.5 : Number((label === 1) === first > 0.5);
}

function positionOf(said: readonly Said[]): AuditReport["position"] {
  const asked = said.flatMap(({ promptId, shownFirst }) =>
    shownFirst ? [{ cluster: promptId, shownFirst }] : [],
  );
  if (asked.length === 0) return null;
  const preferences = asked.flatMap(({ cluster, shownFirst }) =>
    shownFirst.map((share) => ({ cluster, value: isTie(share) ? 0.5 : Number(share > 0.5) })),
  );
  const ordered = asked.map(({ cluster, shownFirst: [one, other] }) => ({
    cluster,
    // Whichever is shown first wins both times, or loses both times.
    value: Number((one - 0.5) * (other - 0.5) > 0),
  }));
  return { first: clusteredMean(preferences), dependsOnOrder: clusteredMean(ordered) };
}

function styleOf(said: readonly Said[], preferred: readonly Said[], name: (typeof STATISTICS)[number]) {
  const differences = (pairs: readonly Said[]) => pairs.map(({ difference }) => difference[name]);
  return {
    judge: known(
      rankCorrelation(
        said.map(({ first }) => first),
        differences(said),
      ),
    ),
    people: known(
      rankCorrelation(
        preferred.map(({ label }) => label),
        differences(preferred),
      ),
    ),
  };
}

function lengthOf(said: readonly Said[]): number | null {
  const scored = said.flatMap(({ scores, words }) =>
    scores ? scores.map((score) => ({ score, words })) : [],
  );
  return known(
    rankCorrelation(
      scored.map(({ score }) => score),
      scored.map(({ words }) => words),
    ),
  );
}

function reasonsOf(pairs: readonly JudgedPair[]): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const { reason } of pairs) if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return reasons;
}

function estimate(values: readonly ClusteredValue[]): Estimate | null {
  return values.length === 0 ? null : clusteredMean(values);
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
