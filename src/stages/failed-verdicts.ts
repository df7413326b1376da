import { VerifierError } from "../errors.js";
import type { Verdict } from "../records/verdict.js";

/** Throws VerifierError when a larger share (0..1) of the verdicts than is allowed failed; `what` was judged: "images". */
export function refuseTooManyFailures(
  verdicts: readonly Verdict[],
  about: { readonly allowed: number; readonly judge: string; readonly what: string },
): void {
  const { allowed, judge, what } = about;
  const failures = verdicts.flatMap((verdict) => (verdict.kind === "failed" ? [verdict.reason] : []));
  if (failures.length <= allowed * verdicts.length) return;
  throw new VerifierError(
    `Judge ${judge} failed on ${failures.length} of ${verdicts.length} ${what} (allowed: ` +
      `${(allowed * 100).toFixed(0)}%, setting "failedVerdicts"). The first failure: ${failures[0]}`,
  );
}
