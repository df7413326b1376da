import { VerifierError } from "../../errors.js";
import type { Judge } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";

/** Failures in a row that are taken for a broken judge, not for a difficult image. */
const MANY = 32;

/** Throws VerifierError when a judge scored nothing of many images: its choices would be plain sampling under another name. */
export function refuseSilent(verdicts: readonly Verdict[], judge: Judge | null): void {
  if (verdicts.length < MANY || verdicts.some(({ kind }) => kind === "scored")) return;
  throw new VerifierError(
    `Judge ${judge?.identity} scored none of the ${verdicts.length} images it was shown, so none can be chosen. ` +
      `Its first verdict: ${JSON.stringify(verdicts[0])}`,
  );
}
