import { encodePng, pngDataUrl } from "../../adapters/images/index.js";
import { commandLine, DEFAULT_WORKSPACE } from "../../records/command-line.js";
import type { Comparison } from "../../stages/comparison/compare.js";
import type { RowCosts } from "../../stages/comparison/costs.js";
import type { Evaluation } from "../../stages/comparison/evaluations.js";
import type {
  ImageSource,
  JudgeEntry,
  LineageEntry,
  ReportData,
  SampleStrips,
} from "../../stages/comparison/report-data.js";
import { candidateImage } from "../../stages/sampling/candidate-image.js";
import { findCandidate } from "../../stages/sampling/wanted-candidates.js";
import type { EvaluatedRow } from "../run/evaluate-row.js";
import type { RunContext } from "../run/run-context.js";
import type { RoundOutcome } from "../run/run-options.js";
import { checkpointLabel } from "../run/table-rows.js";
import { labellerName } from "../run/tune-judge.js";
import { imageFacts, provenanceOf } from "./provenance.js";
import { stageOf, trainingEvents } from "./training-events.js";

/** Bytes of images that a page carries at most: it is sent by mail. */
export const IMAGE_BYTES = 16e6;

/** Everything the report of a run says. The headline is the last plain row against the base's. */
export function reportData(parts: {
  readonly run: RunContext;
  readonly rows: readonly EvaluatedRow[];
  readonly rounds: readonly RoundOutcome[];
  readonly evaluations: readonly Evaluation[];
  readonly comparison: Comparison;
  readonly notes: readonly string[];
  readonly plainNotes: readonly string[];
  readonly costs: readonly RowCosts[];
  readonly samples: readonly SampleStrips[];
  /** Milliseconds since 1970. */
  readonly created: number;
}): ReportData {
  const { run, rows, rounds, evaluations, comparison, notes, plainNotes, costs, samples, created } = parts;
  const { config, store } = run;
  const stages = rows.map(({ evaluation }) => evaluation.id);
  const source = store.runs.find(config.name)?.pipeline ?? config.name;
  // Without the workspace's place: the page is passed on.
  const command = commandLine(["run", source], DEFAULT_WORKSPACE);
  const trained = rounds.filter(({ round }) => round > 0);
  return {
    title: config.name,
    created: new Date(created).toISOString(),
    comparison,
    evaluations,
    focus: focusOf(rows, config.evaluation.compare),
    imageBytes: IMAGE_BYTES,
    costs,
    made: provenanceOf(store, stages, command),
    facts: (id) => imageFacts(store, id),
    prompts: new Map(run.prompts.evaluation.map(({ prompt }) => [prompt.id, prompt.text])),
    training: trained.map((one) => ({ name: checkpointLabel(one.round), events: curveOf(run, one) })),
    margins: trained.map((one) => ({ name: checkpointLabel(one.round), values: marginsOf(run, one) })),
    samples,
    lineage: rounds.map((one) => lineageOf(run, one)),
    judges: rounds.flatMap(verifierJudge),
    notes,
    plainNotes,
  };
}

/** A candidate's image: its picture, or what its tokens decode to. */
export function reportImages({ store, models }: RunContext): ImageSource {
  return async (candidateId) => {
    const candidate = await findCandidate(store, models.files, candidateId);
    if (candidate === undefined) throw new Error(`Candidate ${candidateId} was evaluated but is not stored.`);
    return pngDataUrl(await encodePng(await candidateImage(candidate, models).pixels()));
  };
}

function focusOf(rows: readonly EvaluatedRow[], compare: "all" | "with-first"): { from: string; to: string } {
  const plain = (compare === "all" ? rows : []).filter(({ verifier }) => verifier.kind === "none");
  const [first, last] = plain.length > 1 ? [plain[0], plain.at(-1)] : [rows[0], rows.at(-1)];
  return { from: (first as EvaluatedRow).label, to: (last as EvaluatedRow).label };
}

function curveOf(run: RunContext, outcome: RoundOutcome): Record<string, unknown>[] {
  const drawn = ["step-end", "validation-end", "samples-judged"];
  return trainingEvents(run, outcome).filter(({ event }) => drawn.includes(event as string));
}

function marginsOf(run: RunContext, outcome: RoundOutcome): number[] {
  const pairs = stageOf(run, outcome, "pairs");
  return pairs ? [...run.store.pairs.iterate(pairs.id)].map(({ margin }) => margin) : [];
}

function lineageOf(
  { store, config }: RunContext,
  { round, checkpoint, promoted }: RoundOutcome,
): LineageEntry {
  const row = store.checkpoints.find(checkpoint.identity);
  const policy = store.rounds.find(config.name, round)?.referencePolicy;
  return {
    name: checkpointLabel(round),
    identity: checkpoint.identity,
    parents: (row?.parents ?? []).filter((id) => store.checkpoints.find(id)?.kind !== "tokenizer"),
    ...(row?.pairSetHash ? { pairsHash: row.pairSetHash } : {}),
    ...(policy ? { reference: policy } : {}),
    ...(round > 0 ? { promoted } : {}),
    settings: round > 0 ? flat(config.rounds[round - 1]?.training ?? {}) : {},
  };
}

function verifierJudge({ round, tuning }: RoundOutcome): JudgeEntry[] {
  if (tuning === undefined) return [];
  const { before, tuned, labels, ...rest } = tuning;
  const identities = { before: before.identity, tuned: tuned.identity };
  return [{ name: checkpointLabel(round), ...identities, labels: labellerName(labels), ...rest }];
}

/** Settings of sections under dotted names. */
function flat(settings: object, prefix = ""): Record<string, string | number | boolean> {
  const entries = Object.entries(settings).flatMap(([name, value]): [string, string | number | boolean][] => {
    if (value === null || value === undefined) return [];
    if (typeof value === "object") return Object.entries(flat(value, `${prefix}${name}.`));
    return [[`${prefix}${name}`, value as string | number | boolean]];
  });
  return Object.fromEntries(entries);
}
