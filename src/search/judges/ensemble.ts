import { createHash } from "node:crypto";
import { REASONS } from "../../records/reasons.js";
import type { Judge, JudgeItem } from "../../records/seams.js";
import type { Question, Verdict } from "../../records/verdict.js";

/** How an ensemble decides between images: by the mean of its judges' scores, or of their ranks. */
export const ENSEMBLE_RULES = ["mean", "rank"] as const;
export type EnsembleRule = (typeof ENSEMBLE_RULES)[number];

/**
 * Several judges as one (verifier ensemble, arXiv 2501.09732, section 4.2). Its score is the mean of theirs, which is
 * also what thresholds see. By rank, a verdict carries every judge's opinion as well, and whoever chooses among images
 * compares the ranks these give them: judges whose scores are scaled differently then count alike. A verdict fails
 * when any judge fails, for a mean of fewer would be another scale. Closing it leaves the judges open.
 */
export function ensembleJudge(judges: readonly Judge[], rule: EnsembleRule): Judge {
  return {
    identity: identityOf(judges, rule),
    questions: (judges[0]?.questions ?? []).filter((question) =>
      judges.every(({ questions }) => questions.includes(question)),
    ),
    batch: Math.min(...judges.map(({ batch }) => batch)),
    ask: async (question: Question, items: readonly JudgeItem[]) => {
      const answers = await Promise.all(judges.map((judge) => judge.ask(question, items)));
      return items.map((_, index) => {
        const verdicts = answers.map((verdicts) => verdicts[index] as Verdict);
        return together(verdicts, judges, rule);
      });
    },
    close: async () => undefined,
  };
}

function together(verdicts: readonly Verdict[], judges: readonly Judge[], rule: EnsembleRule): Verdict {
  const opinions: number[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict.kind === "not-ready") return verdict;
    if (verdict.kind === "failed") {
      return { kind: "failed", reason: `judge ${judges[index]?.identity.slice(0, 12)}: ${verdict.reason}` };
    }
    opinions.push(verdict.score);
  }
  const score = opinions.reduce((sum, opinion) => sum + opinion, 0) / opinions.length;
  const given = verdicts.flatMap((verdict) => (verdict.kind === "scored" ? (verdict.reasons ?? []) : []));
  const reasons = REASONS.filter((reason) => given.includes(reason));
  return {
    kind: "scored",
    score,
    ...(rule === "rank" ? { opinions } : {}),
    ...(reasons.length > 0 ? { reasons } : {}),
  };
}

function identityOf(judges: readonly Judge[], rule: EnsembleRule): string {
  const members = JSON.stringify([rule, ...judges.map(({ identity }) => identity)]);
  return `ensemble-${rule}:${createHash("sha256").update(members).digest("hex").slice(0, 32)}`;
}
