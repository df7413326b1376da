import type { PaperRow } from "../../../pipelines/paper/rows.js";
import type { DrawnPoint } from "./curves.js";
import type { Economy } from "./economy.js";
import type { Ordering } from "./orderings.js";
import { sayRow, type TableRow } from "./table.js";

/** Everything the results page says. */
export interface Results {
  readonly rows: readonly (TableRow & { readonly paper: number | null })[];
  readonly missing: readonly PaperRow[];
  readonly orderings: readonly Ordering[];
  readonly economy: Economy | null;
  readonly points: readonly DrawnPoint[];
  /** Points of the curves from N = 2 on, measured or not. */
  readonly planned: number;
  readonly drawings: readonly { readonly title: string; readonly file: string }[];
  readonly quick: boolean;
}

const TASKS = ["single_object", "two_object", "counting", "colors", "position", "color_attr"] as const;

export function resultsPage(results: Results): string {
  return [
    heading(results),
    table(results),
    missing(results),
    orderings(results),
    economy(results),
    curves(results),
  ]
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n")
    .concat("\n");
}

function heading({ rows, missing, quick }: Results): string[] {
  const images = rows[0]?.images ?? 0;
  return [
    "# The paper's tables on the bundled models",
    "",
    `\`npm run paper-tables\` writes this page and paper-tables.json. ${images} held-out images a row, the same prompts and seeds in`,
    "every row; N = 20. Intervals are 95% (bootstrap clustered by prompt), p-values from a paired sign-flip test over prompts.",
    "The column `paper` is the overall score of Show-o in arXiv 2501.13926: another generator on other prompts, so only the",
    "order of its rows can be compared. Settings: pipelines/paper-tables.ts. Where the order differs, and why: paper-causes.md.",
    ...(missing.length > 0 ? ["", `**Partial: ${missing.length} rows are not yet run.**`] : []),
    ...(quick ? ["", "**Made with --quick: the numbers mean nothing.**"] : []),
  ];
}

function table({ rows }: Results): string[] {
  const head = [
    "verifier",
    "alignment",
    "guidance",
    "reflection",
    "overall",
    "95%",
    ...TASKS.map((task) => task.replace("_", " ")),
  ];
  const costs = ["NFE", "judge calls", "seconds", "difference", "p", "paper"];
  return [
    `| ${[...head, ...costs].join(" | ")} |`,
    `|${"---|".repeat(head.length + costs.length)}`,
    ...rows.map((row) => `| ${cellsOf(row).join(" | ")} |`),
    "",
    "NFE: function evaluations of the generator for an image, counted by the sampler. Seconds: of one",
    "worker on one core; candidates and verdicts that an earlier row left in the workspace cost a row nothing.",
  ];
}

function cellsOf(row: Results["rows"][number]): string[] {
  const { verifier, alignment, guidance, reflection, overall, ci, tasks, paper } = row;
  return [
    ...[
      verifier,
      alignment,
      guidance,
      reflection,
      overall.toFixed(3),
      `${ci[0].toFixed(3)} to ${ci[1].toFixed(3)}`,
    ],
    ...TASKS.map((task) => (tasks[task] ?? Number.NaN).toFixed(3)),
    ...[row.nfe.toFixed(1), row.judge_calls.toFixed(1), row.seconds.toFixed(2)],
    ...[signed(row.delta), probability(row.p), paper === null ? "" : paper.toFixed(2)],
  ];
}

function missing({ missing }: Results): string[] {
  if (missing.length === 0) return [];
  return ["Not yet run:", "", ...missing.map((row) => `- ${sayRow(row)}`)];
}

function orderings({ orderings }: Results): string[] {
  const count = (wanted: Ordering["outcome"]) => orderings.filter(({ outcome }) => outcome === wanted).length;
  return [
    "## The paper's orderings",
    "",
    `Each line is one paired test. Below 0.05 a p-value corrected for the number of tests (Holm) counts: ${count("agrees")} claims agree, ${count("not told")} are`,
    `not told, ${count("contradicts")} are contradicted. The intervals are of each line alone.`,
    "",
    "| claim | higher, says the paper | lower | difference | 95% | p | corrected p | found |",
    "|---|---|---|---|---|---|---|---|",
    ...orderings.map(({ claim, better, worse, delta, ci, p, corrected_p: corrected, outcome }) => {
      const found = [
        delta === null ? "" : signed(delta),
        ci === null ? "" : `${signed(ci[0])} to ${signed(ci[1])}`,
        p === null ? "" : probability(p),
        corrected === null ? "" : probability(corrected),
      ];
      return `| ${[claim, better, worse, ...found, outcome].join(" | ")} |`;
    }),
  ];
}

function economy({ economy }: Results): string[] {
  if (economy === null) return [];
  const { share, delta, ci, p, met } = economy;
  return [
    "## What PARM saves",
    "",
    `PARM at N = 20 takes ${(share * 100).toFixed(0)}% of best-of-20's function evaluations. Its score differs by ${signed(delta)}`,
    `(95% ${signed(ci[0])} to ${signed(ci[1])}, p = ${probability(p)}) from the fine-tuned ORM's best-of-20. The aim, at most 60% at a`,
    `score that is not lower, is ${met ? "met" : "not met"}.`,
  ];
}

function curves({ points, planned, drawings }: Results): string[] {
  if (points.length === 0) return [];
  const measured = points.filter(({ n }) => n > 1).length;
  return [
    "## Score over N and over function evaluations",
    "",
    "Verifiers that only choose read the same 20 candidates at every N; random search is the curve of the fine-tuned ORM. PRM, zero-order",
    "search and search over paths sample anew at every N: 4, 8 and 20 on the base, 4 and 8 on DPO and iterative DPO. Points that are no row of",
    "the table have half of its images.",
    ...(measured < planned ? ["", `**Partial: ${measured} of ${planned} points are measured.**`] : []),
    ...drawings.flatMap(({ title, file }) => ["", `![${title}](${file})`]),
  ];
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
}

function probability(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}
