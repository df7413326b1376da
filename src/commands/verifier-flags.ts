import { MOST } from "../config/limits.js";
import type { VerifierConfig } from "../config/schema/verifier.js";
import { VERIFIER_KINDS } from "../config/verifier-kinds.js";
import { ConfigError } from "../errors.js";
import { JUDGE_REFERENCE, number, text } from "./command.js";

/** Flags of commands that choose images by a verifier. */
export const VERIFIER_FLAGS = {
  verifier: text(`${VERIFIER_KINDS.join(", ")}; or its settings as JSON`, "kind", null),
  n: number("paths an image, of which the verifier picks one", { least: 1, most: MOST.paths }, null, {
    requires: ["verifier"],
  }),
  judge: text(`which judge: ${JUDGE_REFERENCE}`, "checkpoint", null),
} as const;

/** The verifier that the flags name, all settings filled in. Throws ConfigError. */
export async function verifierOf(flags: {
  readonly verifier: string | null;
  readonly n: number | null;
}): Promise<VerifierConfig> {
  const { freezeVerifier } = await import("../config/schema/verifier.js");
  const { verifier, n } = flags;
  const given = verifier === null ? { kind: "none" } : settingsIn(verifier);
  return freezeVerifier(n === null ? given : { ...given, n }, "--verifier");
}

/** `parm`, or `{"kind": "parm", "potential": 0.3}`. Who names the kind alone states no thresholds: those that were found for the judge are better than any default. */
function settingsIn(typed: string): Record<string, unknown> {
  if (typed === "parm" || typed === "parm-plus-plus") return { kind: typed, thresholds: "judge" };
  if (!typed.trimStart().startsWith("{")) return { kind: typed };
  try {
    return JSON.parse(typed) as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      `Expected --verifier to be a kind or its settings as JSON, got ${typed} (${reason}).`,
      { cause },
    );
  }
}
