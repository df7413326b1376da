import type { ContactSheet } from "../../adapters/images/index.js";
import { queryLedger, type StageRow, type Store } from "../../adapters/store/index.js";
import type { RunOptions } from "../run/run-options.js";
import { drawnCandidates, shownCandidate } from "./show-item.js";

/** What a stage of candidates holds. */
export interface LookedIntoCandidates {
  readonly name: string;
  readonly candidates: number;
  readonly prompts: number;
  /** Different token grids. */
  readonly distinctImages: number;
  /** Those that branched off another path, and those that were cut before their end. */
  readonly forked: number;
  readonly dropped: number;
  readonly tasks: Readonly<Record<string, number>>;
  /** What judges said of them, a histogram of P(yes) from 0 to below 0.1 and so on. */
  readonly verdicts: readonly {
    readonly judge: string;
    readonly question: string;
    readonly failed: number;
    readonly scores: readonly number[];
  }[];
  readonly sheet: ContactSheet | null;
}

const BINS = 10;

/** Looks into a candidates stage; `samples` of its candidates are on the sheet, the same ones at every call. */
export async function lookIntoCandidates(
  store: Store,
  { id, name }: StageRow,
  options: Pick<RunOptions, "workspace" | "family" | "models"> & { readonly samples: number },
): Promise<LookedIntoCandidates> {
  const from =
    "FROM shards JOIN candidate_rows ON candidate_rows.shard_id = shards.id " +
    "JOIN candidates ON candidates.id = candidate_rows.candidate_id";
  const where = `WHERE shards.stage_id = '${id}'`;
  const asked = (sql: string) => queryLedger(store.workspace, sql, Number.MAX_SAFE_INTEGER).rows;
  const [counts = []] = asked(
    `SELECT count(*), count(DISTINCT prompt_id), count(DISTINCT grid), total(forks IS NOT NULL), total(status = 'dropped') ${from} ${where}`,
  );
  const tasks = asked(
    `SELECT coalesce(prompts.tag, 'untagged'), count(*) ${from} JOIN prompts ON prompts.id = candidates.prompt_id ${where} GROUP BY 1`,
  );
  const said = asked(scoresOfStage(id));
  const [candidates = 0, prompts = 0, distinctImages = 0, forked = 0, dropped = 0] = counts.map(Number);
  // Ids are hashes: the lowest ones are a random choice.
  const ids = asked(`SELECT candidates.id ${from} ${where} ORDER BY 1 LIMIT ${options.samples}`);
  const shown = ids.map(([candidateId]) =>
    shownCandidate(store, { candidateId: candidateId as string, role: "" }),
  );
  const title = `${name} ${id}: ${shown.length} of ${candidates}`;
  const cells = shown.length > 0 ? await drawnCandidates(store, shown, options) : [];
  return {
    name: `${name} ${id}`,
    ...{ candidates, prompts, distinctImages, forked, dropped },
    tasks: Object.fromEntries(tasks),
    verdicts: histograms(said as [string, string, number | null, number][]),
    sheet: cells.length > 0 ? { title, cells, columns: 4, scale: 2 } : null,
  };
}

/** Verdicts on a stage's candidates by judge, question and tenth of P(yes), from the tallies of its shards; null is without a score. */
export function scoresOfStage(stageId: string): string {
  return `SELECT judge, question, nullif(tenth, -1), sum(verdicts)
    FROM score_tallies WHERE shard_id IN (SELECT id FROM shards WHERE stage_id = '${stageId}')
    GROUP BY 1, 2, 3 HAVING sum(verdicts) > 0`;
}

function histograms(said: readonly [judge: string, question: string, bin: number | null, count: number][]) {
  const found = new Map<string, { judge: string; question: string; failed: number; scores: number[] }>();
  for (const [judge, question, bin, count] of said) {
    const key = `${judge} ${question}`;
    const one = found.get(key) ?? { judge, question, failed: 0, scores: new Array<number>(BINS).fill(0) };
    if (bin === null) one.failed += count;
    else one.scores[bin] = count;
    found.set(key, one);
  }
  return [...found.values()];
}
