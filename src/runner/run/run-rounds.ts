import type { StageRow } from "../../adapters/store/index.js";
import type { KnownCheckpoint } from "../../stages/known-checkpoint.js";
import { storePrompts } from "../../stages/prompts/store-prompts.js";
import { judgedBy } from "../models/open-models.js";
import { compareRun } from "../reports/compare-run.js";
import { type EvaluatedRow, evaluateRow, validate } from "./evaluate-row.js";
import { closeRound, openRound } from "./round-manifest.js";
import type { RunContext } from "./run-context.js";
import type { RoundOutcome, RunOptions, RunResult } from "./run-options.js";
import { type Earlier, runRound } from "./run-round.js";
import { rowsOf } from "./table-rows.js";

/** Base, rounds, comparison. */
export async function runRounds(run: RunContext, options: RunOptions): Promise<RunResult> {
  const { config } = run;
  const base = await startFromBase(run);
  const rows = [...base.rows];
  const outcomes = [base.outcome];
  const done: Done[] = [{ judge: run.models.judgeCheckpoint }];
  let parent = base.outcome;
  for (const [index, { from }] of config.rounds.entries()) {
    const start = from === null ? parent : (outcomes[from] as RoundOutcome);
    const earlier = earlierOf(done.slice(0, (from ?? index) + 1));
    options.progress?.note(`round ${index + 1} of ${config.rounds.length}, from ${start.checkpoint.name}`);
    const round = await runMeasuredRound(run, index + 1, start, earlier);
    rows.push(...round.rows);
    outcomes.push(round.outcome);
    done.push(round.done);
    if (round.outcome.promoted) parent = round.outcome;
    else options.progress?.note(notPromoted(round.outcome, start));
  }
  const late = rowsOf(config, parent.round, parent.round).filter(
    ({ label }) => !rows.some((row) => row.label === label),
  );
  const judged = withJudge(run, done.at(-1)?.judge ?? null);
  for (const row of late) rows.push(await evaluateRow(judged, row, parent.checkpoint));
  return compareRun(run, rows, outcomes, options.now ?? Date.now);
}

/** What a round leaves to later ones; the first is the run's start. */
interface Done {
  readonly judge: Earlier["judge"];
  readonly pairs?: StageRow;
  readonly judgeSamples?: StageRow | undefined;
}

function earlierOf(done: readonly Done[]): Earlier {
  return {
    judge: done.at(-1)?.judge ?? null,
    pairs: done.flatMap(({ pairs }) => pairs ?? []),
    judgeSamples: done.flatMap(({ judgeSamples }) => judgeSamples ?? []),
  };
}

/** The same run with the judge that a round has left. */
function withJudge(run: RunContext, judge: KnownCheckpoint | null): RunContext {
  return judge === null ? run : { ...run, models: judgedBy(run.models, judge) };
}

async function startFromBase(run: RunContext): Promise<{ outcome: RoundOutcome; rows: EvaluatedRow[] }> {
  const { models, prompts } = run;
  openRound(run, 0);
  const origin = prompts.hashes.heldOut;
  const stages: StageRow[] = [];
  for (const purpose of ["validation", "evaluation"] as const) {
    const images = prompts[purpose];
    const distinct = [...new Map(images.map(({ prompt }) => [prompt.id, prompt])).values()];
    const name = `prompts-${purpose}`;
    if (distinct.length > 0)
      stages.push(await storePrompts(run.place(0), { name, prompts: distinct, origin }));
  }
  const validation = await validate(run, 0, models.base);
  const rows = await measure(run, 0, models.base);
  stages.push(...(validation ? [validation.stage] : []), ...rows.map(({ evaluation }) => evaluation));
  closeRound(run, 0, { stages, checkpoint: models.base, promoted: true, gate: null });
  const score = validation?.score ?? null;
  return { outcome: { round: 0, checkpoint: models.base, promoted: true, validation: score }, rows };
}

async function runMeasuredRound(
  run: RunContext,
  number: number,
  parent: RoundOutcome,
  earlier: Earlier,
): Promise<{ outcome: RoundOutcome; rows: EvaluatedRow[]; done: Done }> {
  const trained = await runRound(run, number, parent.checkpoint, earlier);
  const { checkpoint, start, stages, pairs, judge, tuned } = trained;
  const validation = await validate(run, number, checkpoint);
  const before = parent.validation;
  const gate = validation && before !== null ? { parent: before, score: validation.score } : null;
  const promoted = gate === null || gate.score >= gate.parent;
  const rows = await measure(withJudge(run, judge), number, checkpoint);
  const measured = [...(validation ? [validation.stage] : []), ...rows.map(({ evaluation }) => evaluation)];
  const tuning = tuned ? { tuning: tuned.tuning } : {};
  const end = { stages: [...stages, ...measured], checkpoint, promoted, gate, ...tuning };
  closeRound(run, number, end, start);
  const outcome = { round: number, checkpoint, promoted, validation: validation?.score ?? null, ...tuning };
  return { outcome, rows, done: { judge, pairs, judgeSamples: tuned?.samples } };
}

async function measure(run: RunContext, round: number, checkpoint: KnownCheckpoint): Promise<EvaluatedRow[]> {
  const rows: EvaluatedRow[] = [];
  for (const row of rowsOf(run.config, round)) rows.push(await evaluateRow(run, row, checkpoint));
  return rows;
}

function notPromoted(outcome: RoundOutcome, parent: RoundOutcome): string {
  const [score, before] = [outcome.validation, parent.validation].map((value) => value?.toFixed(3));
  const from = parent.round === 0 ? "the base" : `round ${parent.round}`;
  return `round ${outcome.round} scores ${score} on the validation prompts, ${from} ${before}: kept, not promoted`;
}
