import type { FormatName } from "../config/formats.js";
import { ConfigError } from "../errors.js";
import type { Context, Report } from "./command.js";
import { type StageFlags, stageSettings, withJudge } from "./stage-settings.js";

interface AuditFlags extends StageFlags {
  readonly format: FormatName | null;
  readonly rating: string | null;
  readonly against: string | null;
  readonly limit: number;
}

/** `judge audit JUDGE SET`: how good a judge is by what people said. Throws ConfigError. */
export async function auditReport(
  ids: readonly string[],
  { format, rating, against, limit, ...flags }: AuditFlags,
  context: Context,
): Promise<Report> {
  const [judge, set, ...others] = ids;
  if (judge === undefined || set === undefined || others.length > 0) {
    throw new ConfigError(
      `Expected "espalier judge audit JUDGE SET", the set being reviewed pairs or a file of what people said, got ${ids.length} words: ${ids.join(" ")}.`,
    );
  }
  const { options } = await stageSettings({ ...flags, judge }, context, ["sampling"]);
  const own = options.config;
  // The other judge is added to those that are known; the first stays the run's.
  const second = await withJudge(own, against);
  const config = { ...own, judges: second.judges };
  const { auditJudge } = await import("../runner/single-stages/audit-judge.js");
  const params = { set, format, rating, limit, against: against === null ? null : second.models.judge };
  const { table, file, ...data } = await auditJudge(params, { ...options, config });
  const page = file === null ? "" : `\n\nAs a page, with what it got wrong: ${file}`;
  return { data: { ...data, file }, text: `${data.judge}, by what people said in ${set}\n\n${table}${page}` };
}
