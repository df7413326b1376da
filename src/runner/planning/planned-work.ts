import type { RunConfig } from "../../config/freeze-config.js";
import type { RoundConfig } from "../../config/schema/round.js";
import type { SearchVerifier, VerifierConfig } from "../../config/schema/verifier.js";
import type { Looks } from "../../judges/expected-calls.js";
import { isPooled } from "../../search/verifiers.js";
import { candidatesPerImage } from "../../stages/evaluation/images.js";
import { imageCounts } from "../../stages/image-counts.js";
import type { RunPrompts } from "../run/run-prompts.js";
import { checkpointLabel, rowsOf } from "../run/table-rows.js";
import { type MinedPairs, type PairsAhead, pairsAhead } from "./planned-pairs.js";
import type { PlannedWork } from "./planned-stage.js";
import { tuningWork } from "./planned-tuning.js";

/**
 * Every stage of a run in order, with the pairs that were `mined` so far. Rows of the last promoted checkpoint are not
 * known before, and left out.
 */
export function workOf(config: RunConfig, prompts: RunPrompts, mined: MinedPairs): PlannedWork[] {
  const rounds = config.rounds.flatMap((round, index) => {
    const number = index + 1;
    const ahead = pairsAhead(config, prompts.rounds, index, mined);
    return [
      ...roundWork(config, prompts, number),
      trainingWork(round, number, ahead),
      ...measurement(config, prompts, number),
    ];
  });
  return [...baseWork(prompts), ...measurement(config, prompts, 0), ...rounds];
}

function baseWork({ validation, evaluation }: RunPrompts): PlannedWork[] {
  const purposes = { validation, evaluation };
  return Object.entries(purposes).flatMap(([purpose, images]) => {
    const prompts = new Set(images.map(({ prompt }) => prompt.id)).size;
    return prompts === 0
      ? []
      : [{ round: 0, name: `prompts-${purpose}`, what: `${prompts} prompts`, samples: 0, units: prompts }];
  });
}

function roundWork(config: RunConfig, dealt: RunPrompts, round: number): PlannedWork[] {
  const { candidates, labels, mining } = config.rounds[round - 1] as RoundConfig;
  const prompts = dealt.rounds[round - 1] ?? [];
  const images = sum([...imageCounts(prompts, candidates, config.seed).values()]);
  const work = (name: string, what: string, units: number, samples = 0) => {
    return { round, name, what, samples, units };
  };
  return [
    work("prompts", `${prompts.length} prompts`, prompts.length),
    work("candidates", `${images} of ${prompts.length} prompts`, images, images),
    ...tuningWork(config, dealt, { round, images }),
    {
      ...work("scores", `${images} verdicts of the ${labels.by}`, images),
      ...(labels.by === "judge" ? asking(config, {}, { pictures: images, prompts: prompts.length }) : {}),
    },
    work("pairs", mining.policy, prompts.length),
  ];
}

function trainingWork(config: RoundConfig, round: number, { pairs, isKnown }: PairsAhead): PlannedWork {
  const { steps, epochs, batchPairs } = config.training;
  const units = steps ?? epochs * Math.ceil(pairs / batchPairs);
  const length =
    steps === null ? `${epochs} epoch(s), ${isKnown ? "" : "at most "}${units} steps` : `${units} steps`;
  const what = `${length} of ${batchPairs} pairs, reference ${referenceName(config)}`;
  return { round, name: "training", what, samples: 0, units };
}

function measurement(
  config: RunConfig,
  { validation, evaluation }: RunPrompts,
  round: number,
): PlannedWork[] {
  const label = checkpointLabel(round);
  const gate = {
    round,
    name: "validation",
    what: `${label} on ${validation.length} images`,
    samples: validation.length,
    units: validation.length,
  };
  const sampled = new Map<string | undefined, number>();
  const rows = rowsOf(config, round).map((row) => {
    const each = candidatesPerImage(row.verifier);
    const what = `${row.label} on ${evaluation.length} images`;
    const looks = { pictures: each * evaluation.length, prompts: evaluation.length };
    const planned = {
      round,
      name: row.stage,
      what,
      units: looks.pictures,
      ...asking(config, judgesOf(row.verifier), looks),
    };
    if (!isPooled(row.verifier)) {
      const samples = each * evaluation.length;
      return { ...planned, samples };
    }
    const already = sampled.get(row.fixed) ?? 0;
    const samples = Math.max(0, each - already) * evaluation.length;
    sampled.set(row.fixed, Math.max(already, each));
    return { ...planned, samples };
  });
  return [...(validation.length > 0 ? [gate] : []), ...rows];
}

type NamedJudges = Partial<Pick<SearchVerifier, "judges" | "judgeOf">>;

function judgesOf(verifier: VerifierConfig): NamedJudges {
  return verifier.kind === "none" ? {} : verifier;
}

/** The judges that a verifier names, or else the run's own, and those of single questions. */
function asking(
  { models }: RunConfig,
  { judges: named = [], judgeOf = {} }: NamedJudges,
  looks: Looks,
): Pick<PlannedWork, "asks"> {
  const usual = named.length > 0 ? named : [models.judge];
  const judges = [...new Set([...usual, ...Object.values(judgeOf)])].filter((name) => name != null);
  return judges.length === 0 ? {} : { asks: { judges, ...looks } };
}

function referenceName({ reference }: RoundConfig): string {
  return typeof reference === "string" ? reference : reference.fixed;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
