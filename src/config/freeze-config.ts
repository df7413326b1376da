import { z } from "zod";
import { ConfigError } from "../errors.js";
import { type Fault, faultsOf, shown, valueAt } from "./faults.js";
import { MOST } from "./limits.js";
import type { PipelineSettings } from "./pipeline-settings.js";
import { FAMILY_DEFAULTS } from "./schema/family-defaults.js";
import { forkFaults } from "./schema/forks.js";
import { scheduleOf } from "./schema/models.js";
import { type RoundConfig, roundSchema } from "./schema/round.js";
import { runSchema } from "./schema/run.js";

/** Everything a run was asked to do, defaults filled in, frozen. */
export type RunConfig = z.output<typeof runSchema> & { readonly rounds: readonly RoundConfig[] };

/** A person's own generator by MODULE:FACTORY (docs/own-generators.md). */
export type OwnGenerator = Omit<
  Extract<NonNullable<PipelineSettings["models"]>, { family: "python" }>,
  "family" | "base"
> & { family: { python: string } };

/** What a pipeline file says. Only `name` is needed. */
export type PipelineInput = Omit<PipelineSettings, "models"> & {
  models?: PipelineSettings["models"] | OwnGenerator;
  /** How many rounds, or what each changes of `round`. Default: 2. */
  rounds?: number | readonly NonNullable<PipelineSettings["round"]>[];
};

/**
 * Settles a pipeline's settings once: defaults filled in, every fault found, the result frozen.
 * `source` names the pipeline in messages. Throws ConfigError listing all faults at once.
 */
export function freezeConfig(input: unknown, source = "the pipeline"): RunConfig {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new ConfigError(`Expected ${source} to hold an object of settings, got ${shown(input)}.`);
  }
  const { round: ownRound, rounds, ...given } = input as Record<string, unknown>;
  const rest: Record<string, unknown> = {
    ...given,
    ...("models" in given ? { models: withOwnFamily(given["models"]) } : {}),
  };
  const defaults = familyDefaults(rest["models"]);
  const round = mergeSettings(defaults.round, ownRound);
  const sampler = mergeSettings(defaults.sampler, rest["sampler"]);
  const execution = mergeSettings(defaults.execution, rest["execution"]);
  const run = runWithRounds.safeParse({ ...rest, sampler, execution, rounds, round });
  const faults: Fault[] = run.success ? [] : faultsOf(run.error, input, runWithRounds, "");
  const settled = settleRounds(round ?? {}, rounds ?? 2, faults);
  faults.push(...lateStarts(settled));
  if (run.success) faults.push(...judgeFaults(run.data, settled));
  if (run.success) faults.push(...tuningFaults(settled, run.data.models.judge));
  if (run.success) faults.push(...forkFaults(settled, run.data.sampler.steps));
  if (run.success) faults.push(...samplerFaults(run.data));
  if (faults.length > 0 || !run.success) throw tooManyFaults(faults, source);
  const { round: _shared, rounds: _number, ...settings } = run.data;
  return deepFreeze({ ...settings, rounds: settled });
}

/** `family: { python: "module:factory" }` as the section that it stands for. */
function withOwnFamily(models: unknown): unknown {
  if (!isSection(models) || !isSection(models["family"])) return models;
  const { python, ...others } = models["family"];
  if (typeof python !== "string" || Object.keys(others).length > 0) return models;
  return { ...models, family: "python", base: python };
}

/** Defaults of the family that the settings name; an unknown one has none, and is refused by the schema. */
function familyDefaults(models: unknown): (typeof FAMILY_DEFAULTS)["bundled"] {
  const family = isSection(models) ? models["family"] : undefined;
  if (!isSection(models) || !isFamily(family)) return FAMILY_DEFAULTS.bundled;
  const defaults = FAMILY_DEFAULTS[family];
  return models["device"] === "cpu" ? { ...defaults, execution: {} } : defaults;
}

function isFamily(name: unknown): name is keyof typeof FAMILY_DEFAULTS {
  return typeof name === "string" && Object.hasOwn(FAMILY_DEFAULTS, name);
}

/** Settings that only generators of another kind have. */
function samplerFaults({ models, sampler }: Pick<RunConfig, "models" | "sampler">): Fault[] {
  const schedule = scheduleOf(models);
  const strange = OWN_SETTINGS.flatMap(({ kind, of, names }) =>
    of === schedule ? [] : names.map((name) => ({ name, kind })),
  );
  return strange.flatMap(({ name, kind }) => {
    if (sampler[name] === undefined) return [];
    const at = `sampler.${name}`;
    const expected = `to be left out: only ${kind} have it, and the family is ${models.family}`;
    return [{ at, message: `Expected "${at}" ${expected}; got ${shown(sampler[name])}` }];
  });
}

const OWN_SETTINGS = [
  { kind: "next-token generators", of: "raster", names: ["topK", "topP", "preview"] },
  { kind: "generators that denoise", of: "denoising", names: ["scheduler", "width", "height"] },
] as const;

const error = `a number of rounds from 0 to ${MOST.rounds} or a list of rounds`;
/** The whole of a pipeline file; the rounds' own keys are checked one by one afterwards. */
const runWithRounds = runSchema.extend({
  round: z.unknown().optional(),
  rounds: z
    .union(
      [
        z.int({ error }).min(0, { error }).max(MOST.rounds, { error }),
        z.array(z.unknown()).max(MOST.rounds, { error }),
      ],
      { error },
    )
    .optional(),
});

function settleRounds(shared: unknown, rounds: unknown, faults: Fault[]): RoundConfig[] {
  const common = roundSchema.safeParse(shared);
  if (!common.success) faults.push(...faultsOf(common.error, shared, roundSchema, "round"));
  if (!Array.isArray(rounds)) {
    const number = typeof rounds === "number" ? Math.min(rounds, MOST.rounds) : 0;
    return common.success ? Array.from({ length: number }, () => structuredClone(common.data)) : [];
  }
  return rounds.slice(0, MOST.rounds).flatMap((own, index) => {
    const merged = mergeSettings(shared, own);
    const parsed = roundSchema.safeParse(merged);
    if (parsed.success) return [parsed.data];
    const inOwn = parsed.error.issues.filter(
      (issue) => common.success || valueAt(own, issue.path) !== undefined,
    );
    faults.push(...faultsOf(new z.ZodError(inOwn), merged, roundSchema, `rounds[${index}]`));
    return [];
  });
}

/** A round can only start from what an earlier one made. */
function lateStarts(rounds: readonly RoundConfig[]): Fault[] {
  return rounds.flatMap(({ from }, index) => {
    if (from === null || from <= index) return [];
    const at = `rounds[${index}].from`;
    return [
      { at, message: `Expected "${at}" to be an earlier round, at most ${index}, or null, got ${from}` },
    ];
  });
}

/** Judges have names of their own, and such a one has no weights here to tune. */
function judgeFaults(
  { judges, models }: Pick<RunConfig, "judges" | "models">,
  rounds: readonly RoundConfig[],
): Fault[] {
  const names = judges.map(({ name }) => name);
  const twice = names.flatMap((name, index) => {
    if (names.indexOf(name) === index) return [];
    const at = `judges[${index}].name`;
    return [{ at, message: `Expected "${at}" to be another name than those before, got "${name}"` }];
  });
  const tuned = rounds.flatMap(({ judge: { tune } }, index) => {
    if (tune === null || models.judge === null || !names.includes(models.judge)) return [];
    const at = `rounds[${index}].judge.tune`;
    const message = `Expected "${at}" to be null where "models.judge" is one of "judges" (${models.judge}), got a tuning`;
    return [{ at, message }];
  });
  return [...twice, ...tuned];
}

/** A judge is tuned where the run has one, and by people once they can have reviewed pairs. */
function tuningFaults(rounds: readonly RoundConfig[], judge: string | null): Fault[] {
  return rounds.flatMap(({ judge: { tune }, from }, index) => {
    if (tune === null) return [];
    const at = `rounds[${index}].judge.tune`;
    if (judge === null) {
      return [
        { at, message: `Expected "${at}" to be null for a run whose "models.judge" is null, got a tuning` },
      ];
    }
    if (tune.labels.by !== "reviews" || (from ?? index) > 0) return [];
    const message = `Expected "${at}.labels" to be by detector or judge in a round that has no earlier pairs, got reviews`;
    return [{ at: `${at}.labels`, message }];
  });
}

/** `own` over `shared`, section by section; a section with another `by`, `policy` or `fixed` replaces the whole. */
function mergeSettings(shared: unknown, own: unknown): unknown {
  if (!isSection(shared) || !isSection(own)) return own === undefined ? shared : own;
  const changesKind = ["by", "policy"].some((key) => key in own && own[key] !== shared[key]);
  if (changesKind || "fixed" in own) return own;
  const keys = new Set([...Object.keys(shared), ...Object.keys(own)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      key === "losses" && key in own ? own[key] : mergeSettings(shared[key], own[key]),
    ]),
  );
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tooManyFaults(faults: readonly Fault[], source: string): ConfigError {
  const lines = faults.map(({ message }) => message);
  if (lines.length === 1) return new ConfigError(`${lines[0]} (${source})`);
  return new ConfigError(
    `${lines.length} settings of ${source} are wrong:\n${lines.map((line) => `  ${line}`).join("\n")}`,
  );
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
