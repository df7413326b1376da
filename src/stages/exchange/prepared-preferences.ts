import { StoreError } from "../../errors.js";
import type { BroughtImage, Preference } from "../../records/preference.js";
import type { OnLeftOut } from "./layouts/layout.js";
import { type ComparedImages, comparedImages } from "./preference-pairs.js";
import { type ImageTools, type PreparedImage, prepareImage } from "./prepare-images.js";

/** A preference whose images were looked at, with what is to be learnt from it: one comparison or more. */
export interface PreparedPreference extends Preference<PreparedImage> {
  readonly compared: readonly ComparedImages<PreparedImage>[];
}

/** Where preferences come from, from the start at every call. */
export type ReadPreferences = (onLeftOut: OnLeftOut) => AsyncIterable<Preference>;

/**
 * Streams preferences under the rules that mined pairs keep: no image against itself, the preferred one scored higher. What is
 * no preference by these is left out and told. Throws StoreError naming the row that contradicts itself.
 */
export async function* preparedPreferences(
  read: ReadPreferences,
  tools: ImageTools,
  onLeftOut: OnLeftOut = () => undefined,
): AsyncGenerator<PreparedPreference> {
  for await (const preference of read(onLeftOut)) {
    const images: PreparedImage[] = [];
    for (const image of preference.images) images.push(await prepareImage(image, preference, tools));
    const prepared = { ...preference, images };
    const compared: ComparedImages<PreparedImage>[] = [];
    for (const two of comparedImages(prepared)) {
      if (isOneImage(two)) onLeftOut(SAME);
      else compared.push(agreeing(two, preference));
    }
    if (compared.length > 0) yield { ...prepared, compared };
  }
}

/** What is said of a pair that sets an image against itself. */
export const SAME = "pair of an image and itself";

function isOneImage({ better, worse }: ComparedImages<PreparedImage>): boolean {
  return better.id === worse.id || better.picture === worse.picture;
}

/** Throws StoreError naming the row whose scores contradict what it prefers. */
export function agreeing<Image extends BroughtImage>(
  two: ComparedImages<Image>,
  { where, isOverruled = false }: Pick<Preference, "where" | "isOverruled">,
): ComparedImages<Image> {
  const { betterScore, worseScore, tie } = two;
  if (tie ? betterScore === worseScore : isOverruled || betterScore > worseScore) return two;
  const got = `got ${betterScore} for ${tie ? "one" : "it"} and ${worseScore} for the other`;
  throw new StoreError(
    tie
      ? `${where}: expected images that tie to have one score, ${got}. Correct the scores, or name the better one.`
      : `${where}: expected the preferred image to have the higher score, ${got}. Swap the two, correct the scores, ` +
          "or say by a margin below 0 that people went against them (docs/formats.md).",
  );
}
