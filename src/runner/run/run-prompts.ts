import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { RunConfig } from "../../config/freeze-config.js";
import type { RoundConfig } from "../../config/schema/round.js";
import { ConfigError } from "../../errors.js";
import type { Family } from "../../families/family.js";
import type { Prompt } from "../../records/prompt.js";
import { type EvaluationImage, evaluationImages } from "../../stages/evaluation/images.js";
import { findLeaks, LEAKS_SETTING, type Leak, refuseLeaks } from "../../stages/evaluation/leaks.js";
import { choosePrompts, splitHeldOut } from "../../stages/prompts/choose.js";
import { locateFile } from "../locate-file.js";
import { drawnAs } from "./table-rows.js";

/** All prompts of a run, and the images they are evaluated on. */
export interface RunPrompts {
  /** Of each round, in order. */
  readonly rounds: readonly (readonly Prompt[])[];
  /** Images that decide promotion; none without a gate. */
  readonly validation: readonly EvaluationImage[];
  /** Held-out prompts that no table shows, which a tuned judge is measured on; none where no judge is tuned. */
  readonly judging: readonly Prompt[];
  /** Images of the final evaluation. No prompt of theirs decides anything. */
  readonly evaluation: readonly EvaluationImage[];
  /** What the held-out prompts share with those of the rounds. */
  readonly leaks: readonly Leak[];
  /** sha256 of the prompt files. */
  readonly hashes: { readonly train: string; readonly heldOut: string };
}

/** Reads the prompt files and deals their prompts to rounds, validation and evaluation. Throws PromptError or ConfigError. */
export async function dealPrompts(
  config: RunConfig,
  family: Family,
  home?: string,
  /** Prompts that the checkpoints that the run starts with were trained on before. */
  trained: Iterable<Prompt> = [],
): Promise<RunPrompts> {
  const { prompts, rounds, seed, gate, evaluation } = config;
  const trainFile = locateFile(prompts.train.file, "prompts.train.file", home);
  const heldOutFile = locateFile(prompts.heldOut.file, "prompts.heldOut.file", home);
  const pool = choosePrompts(await family.readPrompts(trainFile), prompts.train.limit, seed, "train");
  const heldOut = choosePrompts(await family.readPrompts(heldOutFile), prompts.heldOut.limit, "held-out");
  const gated = gate.rule !== "always-promote" && rounds.length > 0;
  const split = splitHeldOut(heldOut, prompts.heldOut.validationShare);
  refuseEmpty(split.evaluation, heldOutFile, "evaluation");
  if (gated) refuseEmpty(split.validation, heldOutFile, "validation");
  const tunes = rounds.some(({ judge }) => judge.tune !== null);
  if (tunes) refuseEmpty(split.validation, heldOutFile, "measuring the tuned judges");
  const dealt = rounds.map((round, index) => {
    const tasks = ofTasks(pool, round.tasks, index + 1);
    return choosePrompts(tasks, round.prompts, seed, "round", drawnAs(round, index + 1));
  });
  const leaks = findLeaks(together(trained, dealt.flat()), heldOut, evaluation.leaks);
  refuseLeaks(leaks, evaluation.leaks, LEAKS_SETTING);
  return {
    rounds: dealt,
    leaks,
    judging: tunes ? split.validation : [],
    validation: gated ? evaluationImages(split.validation, gate.images, seed) : [],
    evaluation: evaluationImages(split.evaluation, evaluation.images, seed),
    hashes: { train: await sha256(trainFile), heldOut: await sha256(heldOutFile) },
  };
}

function* together<Item>(...lists: Iterable<Item>[]): Generator<Item> {
  for (const list of lists) yield* list;
}

function ofTasks(pool: readonly Prompt[], tasks: RoundConfig["tasks"], round: number): readonly Prompt[] {
  if (tasks === null) return pool;
  const found = pool.filter(({ metadata }) => tasks.some((task) => task === metadata?.tag));
  if (found.length > 0) return found;
  throw new ConfigError(
    `Round ${round} trains on ${tasks.join(", ")}, but no training prompt has such a tag: change "tasks", or give ` +
      "prompts with GenEval metadata.",
  );
}

function refuseEmpty(prompts: readonly Prompt[], file: string, purpose: string): void {
  if (prompts.length > 0) return;
  throw new ConfigError(
    `No prompts of ${file} are left for ${purpose}: expected "prompts.heldOut.validationShare" to leave some on both ` +
      'sides. Change it, or set gate.rule to "always-promote".',
  );
}

async function sha256(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}
