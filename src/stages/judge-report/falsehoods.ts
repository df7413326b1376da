import { batchesOf } from "../../records/batches-of.js";
import type { CaptionPair } from "../../records/caption-pair.js";
import type { GridImage } from "../../records/image.js";
import type { Judge } from "../../records/seams.js";

/** How often a judge scores a true caption above one that is false by one kind of change. */
export interface FalsehoodQuality {
  readonly kind: string;
  readonly pairs: number;
  /** Share, 0..1; a tie is half. A judge that reads a caption as a bag of words has 0.5 where the words are the same. */
  readonly told: number;
}

/** Pairs asked at a time. */
const CHUNK = 64;

/**
 * Asks a judge for the outcome of images under true and false captions. Pairs without two scores are left out; what it tells
 * least comes first.
 */
export async function falsehoodQuality(
  pairs: AsyncIterable<CaptionPair>,
  judge: Judge,
  image: (tokens: Uint16Array) => GridImage,
): Promise<FalsehoodQuality[]> {
  const found = new Map<string, number[]>();
  for await (const chunk of batchesOf(pairs, CHUNK)) {
    const items = chunk.flatMap(({ tokens, truth, falsehood }) =>
      [truth, falsehood].map((text) => ({ prompt: { id: text, text }, image: image(tokens) })),
    );
    const verdicts = await judge.ask("outcome", items);
    for (const [index, { kind }] of chunk.entries()) {
      const [high, low] = verdicts.slice(2 * index, 2 * index + 2);
      if (high?.kind !== "scored" || low?.kind !== "scored") continue;
      const win = high.score === low.score ? 0.5 : Number(high.score > low.score);
      found.set(kind, [...(found.get(kind) ?? []), win]);
    }
  }
  const qualities = [...found].map(([kind, wins]) => ({
    kind,
    pairs: wins.length,
    told: wins.reduce((sum, win) => sum + win, 0) / wins.length,
  }));
  return qualities.sort((one, other) => one.told - other.told);
}
