import { batchesOf } from "../records/batches-of.js";
import type { CaptionPair } from "../records/caption-pair.js";
import type { PromptMetadata } from "../records/prompt.js";
import type { Encoder } from "../records/seams.js";
import { promptOf } from "../scenes/language/prompt.js";
import { promptSets } from "../scenes/language/prompt-sets.js";
import { type TrainingScene, trainingScenes } from "../scenes/training-rows.js";
import { splitHeldOut } from "../stages/prompts/choose.js";

/** Share of the held-out prompts that choose among models; results are measured on the others. */
const VALIDATION_SHARE = 0.25;
const SEED = 4;
/** Scenes in memory at a time. */
const CHUNK = 64;

/** Prompts no combination of which any training sees: those to choose models by, or those to measure them on. */
export function heldOutPart(part: "validation" | "evaluation"): PromptMetadata[] {
  const prompts = promptSets().heldOut.map(promptOf);
  return splitHeldOut(prompts, VALIDATION_SHARE)[part].flatMap(({ metadata }) => metadata ?? []);
}

/**
 * Perfect scenes of held-out combinations, each under its caption and under one false caption of every kind that it has; at
 * most `most` pairs of a kind.
 */
export async function* captionPairs(
  encoder: Encoder,
  { scenes, most }: { readonly scenes: number; readonly most: number },
): AsyncGenerator<CaptionPair> {
  const given = new Map<string, number>();
  for await (const pair of everyPair(encoder, scenes)) {
    const before = given.get(pair.kind) ?? 0;
    given.set(pair.kind, before + 1);
    if (before < most) yield pair;
  }
}

async function* everyPair(encoder: Encoder, count: number): AsyncGenerator<CaptionPair> {
  const scenes = trainingScenes({ count, seed: SEED, prompts: heldOutPart("evaluation") });
  for await (const chunk of batchesOf(scenes, CHUNK)) yield* pairsOf(chunk, encoder);
}

async function* pairsOf(scenes: readonly TrainingScene[], encoder: Encoder): AsyncGenerator<CaptionPair> {
  const grids = await encoder.encode(scenes.map(({ pixels }) => pixels));
  for (const [index, { caption, wrongCaptions }] of scenes.entries()) {
    const tokens = grids[index] as Uint16Array;
    const kinds = new Map(wrongCaptions.map((wrong) => [wrong.kind, wrong.caption.prompt]));
    for (const [kind, falsehood] of kinds) yield { kind, tokens, truth: caption.prompt, falsehood };
  }
}
