import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CURVE_POINTS, type CurvePoint, OWN_POINTS } from "../../../pipelines/paper/curves.js";
import { PAPER_ROWS, type PaperRow } from "../../../pipelines/paper/rows.js";
import type { Store } from "../../../src/adapters/store/index.js";
import { curvesSvg, drawnPoints } from "./curves.js";
import { economyOf } from "./economy.js";
import { Comparing, type Measured, measuredRows } from "./measured.js";
import { orderingsOf } from "./orderings.js";
import { type Results, resultsPage } from "./page.js";
import type { Study } from "./study.js";
import { namesOf, tableRow } from "./table.js";

type Named = Pick<PaperRow, "verifier" | "alignment" | "guidance">;

/**
 * Writes paper-tables.json, paper-tables.md and the curves from what the workspace has. Rows that are not finished are
 * listed as not yet run. Returns how many rows there are of all, or null while not even the baseline is measured.
 */
export async function writeResults(
  store: Store,
  { tables, curves }: Pick<Study, "tables" | "curves">,
  { out, quick }: { readonly out: string; readonly quick: boolean },
): Promise<{ done: number; all: number } | null> {
  const rows = await measuredRows(store, tables);
  const own = await measuredRows(store, curves);
  const [baseline] = rows;
  if (baseline === undefined) return null;
  const comparing = new Comparing(tables);
  const findRow = (row: Named) => rows[PAPER_ROWS.findIndex((one) => same(one, row))];
  const findPoint = (point: CurvePoint): Measured | undefined =>
    own[OWN_POINTS.findIndex((one) => same(one, point) && one.n === point.n)] ??
    (point.n === 20 || point.n === 1 ? findRow(point) : undefined);
  const points = drawnPoints(findPoint, comparing);
  const parm = { verifier: "PARM", alignment: "none", guidance: "none" } as const;
  const [pruned, whole] = [findRow(parm), findRow({ ...parm, verifier: "ORM fine-tuned" })];
  const results = {
    rows: PAPER_ROWS.flatMap((paper, index) => {
      const measured = rows[index];
      return measured === undefined
        ? []
        : [{ ...tableRow(paper, measured, baseline, comparing), paper: paper.paper }];
    }),
    missing: PAPER_ROWS.filter((_, index) => rows[index] === undefined),
    orderings: orderingsOf(findRow, comparing),
    economy: pruned && whole ? economyOf(pruned, whole, comparing) : null,
    points,
    planned: CURVE_POINTS.length,
    quick,
  };
  await writeAll(out, results);
  return { done: results.rows.length, all: PAPER_ROWS.length };
}

async function writeAll(out: string, results: Omit<Results, "drawings">): Promise<void> {
  mkdirSync(out, { recursive: true });
  const alignments = [...new Set(results.points.map(({ alignment }) => alignment))];
  const drawings = alignments.map((alignment) => {
    const name = alignment === "none" ? "base" : alignment;
    return { alignment, title: `Curves of ${name}`, file: `paper-curves-${slug(name)}.svg` };
  });
  for (const { alignment, file } of drawings) {
    writeFileSync(join(out, file), await curvesSvg(results.points, alignment));
  }
  const { rows, missing, orderings, economy, points } = results;
  const data = {
    rows: rows.map(({ paper: _, ...row }) => row),
    not_yet_run: missing.map(namesOf),
    orderings,
    economy,
    curves: points,
  };
  writeFileSync(join(out, "paper-tables.json"), `${JSON.stringify(data, null, 1)}\n`);
  writeFileSync(join(out, "paper-tables.md"), resultsPage({ ...results, drawings }));
}

function same(one: Named, other: Named): boolean {
  return (["verifier", "alignment", "guidance"] as const).every((name) => one[name] === other[name]);
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}
