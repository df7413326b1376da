import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FormatName } from "../../config/formats.js";
import { StoreError } from "../../errors.js";
import { Mistakes } from "../../judges/audit/audit-page.js";
import { type AuditReport, auditReport, judgesAgree } from "../../judges/audit/audit-report.js";
import { auditTable, ratingTable } from "../../judges/audit/audit-table.js";
import { type JudgedPair, judgedPairs, type LabelledPair } from "../../judges/audit/judged-pairs.js";
import { pairsOfFile, reviewedPairs } from "../../judges/audit/label-sets.js";
import {
  type RatingReport,
  ratedItems,
  ratingColumn,
  ratingReport,
} from "../../judges/audit/rated-images.js";
import { pictureFiles } from "../../pictures/picture-files.js";
import { hashOf } from "../../stages/hash.js";
import { findStage, namesFile } from "../find-stage.js";
import { writeWhole } from "../run/round-manifest.js";
import { inStageSession, type StageSession, type StageSessionOptions } from "./stage-session.js";

export interface AuditParams {
  /** A reviewed pairs stage, or a file or folder of preferences or ratings. */
  readonly set: string;
  /** Of a file of preferences; null takes the one that its contents show. */
  readonly format: FormatName | null;
  /** Column of a file of ratings; null takes the first that is known. */
  readonly rating: string | null;
  /** Another judge to compare with. */
  readonly against: string | null;
  /** Pairs or pictures at most, from the start. */
  readonly limit: number;
}

export interface Audit {
  readonly judge: string;
  readonly report: AuditReport | RatingReport;
  /** How far the two judges say the same. */
  readonly against?: ReturnType<typeof judgesAgree> & { readonly judge: string };
  /** For a terminal. */
  readonly table: string;
  /** A page with what it got wrong; null for ratings. */
  readonly file: string | null;
}

/** Holds `config.models.judge` against what people said. Throws StoreError where nobody said anything. */
export function auditJudge(params: AuditParams, options: StageSessionOptions): Promise<Audit> {
  return inStageSession(options, async (session) => {
    const { set, rating, limit } = params;
    const column = namesFile(set) && existsSync(set) ? await ratingColumn(set, rating) : undefined;
    if (column === undefined) return auditPairs(session, params);
    const judge = await session.models.judge();
    const report = await ratingReport(judge, upTo(ratedItems(set, column), limit), column);
    const name = session.config.models.judge ?? judge.identity;
    return { judge: name, report, table: ratingTable(report), file: null };
  });
}

async function auditPairs(session: StageSession, params: AuditParams): Promise<Audit> {
  const { models, config, store } = session;
  const judge = await models.judge();
  const name = config.models.judge ?? judge.identity;
  const pairs = () => upTo(pairsOf(session, params), params.limit);
  const mistakes = new Mistakes();
  const judged: JudgedPair[] = [];
  for await (const [one, pair] of judgedPairs(judge, pairs())) {
    judged.push(one);
    mistakes.add(one, pair);
  }
  if (judged.length === 0) {
    throw new StoreError(
      `${params.set} holds no pair that people judged: review some first, or name a file of preferences.`,
    );
  }
  const report = auditReport(judged);
  const against =
    params.against === null ? {} : { against: await secondOpinion(session, params.against, pairs(), judged) };
  const said = "against" in against ? [againstText(against.against)] : [];
  const table = [auditTable(report), ...said].join("\n\n");
  const label = name.replace(/[^a-zA-Z0-9._-]+/g, "-");
  const file = join(
    store.workspace.reports,
    "judges",
    `audit-${label}-${hashOf([params.set, judge.identity]).slice(0, 6)}.html`,
  );
  writeWhole(file, await mistakes.page(name, table));
  return { judge: name, report, ...against, table, file };
}

async function secondOpinion(
  { models }: StageSession,
  name: string,
  pairs: AsyncIterable<LabelledPair>,
  judged: readonly JudgedPair[],
): Promise<NonNullable<Audit["against"]>> {
  const other: JudgedPair[] = [];
  for await (const [one] of judgedPairs(await models.judgeNamed(name), pairs)) other.push(one);
  return { judge: name, ...judgesAgree(judged, other) };
}

function againstText({ judge, pairs, same, kappa }: NonNullable<Audit["against"]>): string {
  const [share, beyond] = [same, kappa].map((value) => value?.toFixed(3) ?? "-");
  return `With ${judge} on ${pairs} pairs: the same ${share}, kappa ${beyond}`;
}

function pairsOf({ store, models }: StageSession, { set, format }: AuditParams): AsyncIterable<LabelledPair> {
  if (namesFile(set)) return pairsOfFile(set, format);
  const pictures = pictureFiles(store.workspace.root);
  return reviewedPairs(store, findStage(store, set, "pairs").id, async (id) => {
    const found = store.candidates.find(id);
    if (found === undefined) throw new StoreError(`Candidate ${id} was reviewed but is not stored.`);
    if (found.picture) return pictures.image(found.picture);
    return models.image((await models.files.read(found)).tokens);
  });
}

async function* upTo<Item>(items: AsyncIterable<Item>, limit: number): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of items) {
    if (count++ >= limit) return;
    yield item;
  }
}
