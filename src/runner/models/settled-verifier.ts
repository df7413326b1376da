import type { Store } from "../../adapters/store/index.js";
import type { VerifierConfig } from "../../config/schema/verifier.js";
import type { Progress } from "../../records/progress.js";
import type { Judge } from "../../records/seams.js";
import { knownThresholds } from "../../stages/judge-thresholds/find-thresholds.js";

/**
 * A verifier whose thresholds are numbers: where they are to be those of its judge, the newest that `espalier judge thresholds` found
 * for it in this workspace; where none were found, those of the settings.
 */
export function settledVerifier<Verifier extends VerifierConfig>(
  verifier: Verifier,
  judge: Judge | null,
  { store, progress }: { readonly store: Store; readonly progress: Progress },
): Verifier {
  if (!("thresholds" in verifier) || verifier.thresholds === undefined) return verifier;
  const { thresholds: _, ...stated } = verifier;
  const known = judge === null ? undefined : knownThresholds(store, judge.thresholdsOf ?? judge.identity);
  if (known === undefined) return stated as Verifier;
  const { clarity, potential, firstStep, finishAtLeast } = known.found;
  progress.note(
    `thresholds of stage ${known.stage}, found for this judge: clarity ${clarity}, potential ${potential}, from step ${firstStep}, ` +
      `${finishAtLeast} of ${known.n} paths finished at least`,
  );
  // They were found among so many paths.
  const least = Math.max(1, Math.round((finishAtLeast * verifier.n) / known.n));
  return { ...stated, clarity, potential, firstStep, finishAtLeast: Math.min(verifier.n, least) } as Verifier;
}
