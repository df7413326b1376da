import type { Question } from "../../../src/records/verdict.js";
import type { JudgeReport } from "../../../src/runner/single-stages/judge-stages.js";
import { type AnswerQuality, askedQuestions } from "../../../src/stages/judge-report/quality.js";

/** What scripts/studies/parm-thresholds.ts writes. */
export interface ParmTrials {
  readonly judge: string;
  readonly n: number;
  readonly images: number;
  readonly best_of_n: { readonly score: number; readonly nfe: number; readonly judge_calls: number };
  readonly parm: readonly ParmTrial[];
}

export interface ParmTrial {
  readonly firstStep: number;
  readonly finishAtLeast: number;
  readonly clarity: number;
  readonly potential: number;
  readonly score: number;
  readonly judge_calls: number;
  readonly nfe_ratio: number;
  readonly difference: number;
  readonly interval: readonly [number, number];
}

export interface JudgesPage {
  readonly reports: readonly JudgeReport[];
  readonly states: { readonly paths: number; readonly images: number };
  readonly parm: ParmTrials | undefined;
}

/** docs/results/judges.md. */
export function judgesPage({ reports, states, parm }: JudgesPage): string {
  const parts = [
    "# How good the bundled judges are",
    "Written by `npx tsx scripts/studies/judge-results.ts`; the same figures, with reliability bins and tasks, are in `judges.json`. " +
      `${states.images} labelled images of ${states.paths} paths of held-out prompts, sampled as in use and not balanced. What the ` +
      "questions mean is in `src/records/verdict.ts`, how the judges were trained in `docs/decisions/0009-judges.md`.",
    "## By question",
    ...reports.map((report) => `### ${report.judge}\n\n${questionTable(report)}`),
    "AUC within prompt is the mean over prompts that have both labels, with a 95% bootstrap interval over them; ECE the expected " +
      "calibration error over ten bins. Where all prompts weigh alike but have few images each, intervals are wide.",
    "## By what is false",
    falsehoodTable(reports),
    "How often the true caption of a perfect rendered scene scores above one that is false by one change, at combinations no training saw " +
      "(1,000 scenes; one standard error is at most 0.04 at 200). Words in another order leave a bag of words at 0.5.",
    "## By step",
    ...(["potential", "process", "clarity"] as const).map(
      (question) => `### ${question}\n\n${stepTable(reports, question)}`,
    ),
    ...(parm === undefined ? [] : [parmSection(parm)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function questionTable({ quality }: JudgeReport): string {
  const rows: (readonly [string, AnswerQuality])[] = [
    ...askedQuestions(quality),
    ["potential at the first clear step", quality.firstClear],
  ];
  return table(
    ["question", "answers", "yes", "accuracy", "AUC", "AUC within prompt", "ECE"],
    rows.map(([name, one]) => [
      ...[name, String(one.answers), digits(one.yes / one.answers), digits(one.accuracy), digits(one.auc)],
      ...[withInterval(one), digits(one.calibrationError)],
    ]),
  );
}

function falsehoodTable(reports: readonly JudgeReport[]): string {
  const kinds = (reports[0]?.quality.falsehoods ?? []).map(({ kind, pairs }) => ({ kind, pairs }));
  return table(
    ["false caption", "scenes", ...reports.map(({ judge }) => short(judge))],
    kinds.map(({ kind, pairs }) => [
      ...[kind, String(pairs)],
      ...reports.map(({ quality }) =>
        digits(quality.falsehoods?.find((one) => one.kind === kind)?.told ?? null),
      ),
    ]),
  );
}

function stepTable(reports: readonly JudgeReport[], question: Question): string {
  const found = reports.map(({ quality }) => quality.questions[question]?.steps ?? []);
  const steps = [...new Set(found.flatMap((own) => own.map(({ step }) => step)))].sort((a, b) => a - b);
  const cells = (own: AnswerQuality | undefined) =>
    own === undefined ? ["-", "-", "-"] : [digits(own.auc), withInterval(own), digits(own.accuracy)];
  return table(
    [
      "step",
      "answers",
      "yes",
      ...reports.flatMap(({ judge }) => [`AUC, ${short(judge)}`, "within prompt", "accuracy"]),
    ],
    steps.map((step) => {
      const at = found.map((own) => own.find((one) => one.step === step));
      const any = at.find((one) => one !== undefined) as AnswerQuality;
      return [String(step), String(any.answers), digits(any.yes / any.answers), ...at.flatMap(cells)];
    }),
  );
}

function parmSection({ judge, n, images, best_of_n: best, parm }: ParmTrials): string {
  const kept = parm.filter(({ nfe_ratio: ratio }) => ratio <= 0.6);
  const least = [...new Set(parm.map(({ finishAtLeast }) => finishAtLeast))].sort(
    (one, other) => one - other,
  );
  const shown = least.flatMap((own) =>
    kept
      .filter(({ finishAtLeast }) => finishAtLeast === own)
      .sort((one, other) => other.score - one.score || one.nfe_ratio - other.nfe_ratio)
      .slice(0, 4),
  );
  const rows = shown.map((one) => [
    ...[one.finishAtLeast, one.firstStep, one.clarity, one.potential].map(String),
    ...[digits(one.score), digits(one.nfe_ratio)],
    ...[signed(one.difference), one.interval.map(signed).join(" to "), String(one.judge_calls)],
  ]);
  return [
    "## PARM's thresholds",
    `Written by \`npx tsx scripts/studies/parm-thresholds.ts\`: ${short(judge)}, N = ${n}, ${images} searches on validation prompts, which no ` +
      `result table shows. Best-of-${n} on the same paths scores ${digits(best.score)} with ${best.nfe} evaluations of the generator and ` +
      `${best.judge_calls} judge calls. Of the ${kept.length} settings (of ${parm.length}) that need at most 60% of them, the best of each number of paths that are finished at least:`,
    table(
      [
        "finished at least",
        "first step",
        "clarity",
        "potential",
        "score",
        "NFE ratio",
        "difference",
        "95% interval",
        "judge calls",
      ],
      rows,
    ),
    `The best of many settings on ${images} images looks better than it is; results on other prompts decide.`,
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function withInterval({ withinPromptAuc, interval, prompts }: AnswerQuality): string {
  if (withinPromptAuc === null || interval === null) return "-";
  return `${digits(withinPromptAuc)} (${interval.map(digits).join(" to ")}; ${prompts} prompts)`;
}

function short(judge: string): string {
  return judge.split("/").at(-1)?.replace("scenes-judge-", "") ?? judge;
}

function digits(value: number | null): string {
  return value === null || Number.isNaN(value) ? "-" : value.toFixed(3);
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(3)}`;
}
