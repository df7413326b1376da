import type { StageRow, Store } from "../../adapters/store/index.js";

/** A setting that tells stages of a name apart, and how it reads: "%" is its value. What is null, "none" or not there is left out. */
type Told = readonly [path: string, words: string];

const SAMPLING: readonly Told[] = [
  ["verifier.kind", "%"],
  ["verifier.n", "of %"],
  ["settings.steps", "% steps"],
  ["settings.guidanceScale", "guidance %"],
  ["settings.temperature", "temperature %"],
  ["seed", "seed %"],
];
const SETTINGS: Readonly<Record<string, readonly Told[]>> = {
  candidates: [
    ["checkpoint", "%"],
    ["images.perPrompt", "% a prompt"],
    ["images.perTask", "% a task"],
    ...SAMPLING,
  ],
  scores: [
    ["candidates", "of %"],
    ["judge", "by %"],
    ["question", "%"],
  ],
  pairs: [
    ["candidates", "of %"],
    ["mining.policy", "%"],
    ["mining.margin", "margin %"],
    ["mining.pairsPerPrompt", "% a prompt at most"],
    ["labels.by", "labelled by the %"],
    ["labels.yesFrom", "yes from %"],
    ["labels.noUpTo", "no up to %"],
    ["pairsPerTask", "% a task at most"],
    ["seed", "seed %"],
  ],
  training: [
    ["policy", "%"],
    ["referencePolicy", "reference %"],
    ["settings.beta", "beta %"],
    ["settings.learningRate", "rate %"],
    ["settings.batchPairs", "batch %"],
    ["settings.steps", "% steps"],
    ["settings.epochs", "% epochs"],
    ["settings.divergence", "%"],
    ["seed", "seed %"],
  ],
  evaluation: [["label", "%"], ["checkpoint", "%"], ["detector", "by %"], ["judge", "judge %"], ...SAMPLING],
};
const COUNTS: Readonly<Record<string, readonly Told[]>> = {
  prompts: [["prompts", "% prompts"]],
  candidates: [
    ["candidates", "% images"],
    ["prompts", "% prompts"],
  ],
  scores: [
    ["scored", "% scored"],
    ["yes", "% yes"],
    ["failed", "% failed"],
  ],
  pairs: [
    ["pairs", "% pairs"],
    ["promptsUsed", "% prompts used"],
  ],
  training: [
    ["last.loss", "loss %"],
    ["last.rewards/accuracies", "accuracy %"],
  ],
  evaluation: [
    ["overall", "% overall"],
    ["images", "% images"],
    ["failedVerdicts", "% verdicts failed"],
  ],
};

/** What sets a stage apart from others of its name, in a few words; of other names nothing is known. */
export function settingsInShort(store: Store, stage: StageRow): string[] {
  const told = SETTINGS[kindOf(stage.name)] ?? [];
  return told.flatMap(([path, words]) => {
    const value = valueAt(stage.inputs, path);
    return isSaid(value) ? [words.replace("%", () => known(store, value))] : [];
  });
}

/** What it came to, in a few words; nothing before it is finished. */
export function countsInShort({ name, summary }: StageRow): string[] {
  return (COUNTS[kindOf(name)] ?? []).flatMap(([path, words]) => {
    const value = valueAt(summary, path);
    return isSaid(value) && value !== 0 ? [words.replace("%", () => written(value))] : [];
  });
}

/** "evaluation" of evaluation-best-of-4, "prompts" of prompts-evaluation. */
function kindOf(name: string): string {
  return name.startsWith("prompts")
    ? "prompts"
    : (/^(evaluation|validation)/.exec(name)?.[0] ?? name).replace("validation", "evaluation");
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], value);
}

function isSaid(value: unknown): value is string | number {
  return (typeof value === "number" || typeof value === "string") && value !== "none" && value !== "";
}

/** Checkpoints by their names, other hashes and ids by their first digits. */
function known(store: Store, value: string | number): string {
  if (typeof value === "number" || !/^[0-9a-f]{16,64}$/.test(value)) return written(value);
  return store.checkpoints.identified(value)?.name ?? value.slice(0, 8);
}

function written(value: string | number): string {
  return typeof value === "string" || Number.isInteger(value)
    ? String(value)
    : String(Number(value.toPrecision(3)));
}
