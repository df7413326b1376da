import { StoreError } from "../../errors.js";
import type { Pixels } from "../../records/image.js";
import type { ImageTools, PreparedImage } from "./prepare-images.js";

/** Mean difference of a channel, 0..255, up to which tokens count as those of an image. */
const SAME_IMAGE = 4;
/** Share of the tokens that encoding an image anew gives again; rounding moves a few. */
const SAME_TOKENS = 0.9;

/**
 * Tokens that a file states, or whose id it states, must be those of the image beside them: decode to it, or be what it is
 * encoded as, which a tokenizer that loses much makes another image. Throws StoreError naming the row.
 */
export async function refuseStrangeTokens(
  images: readonly PreparedImage[],
  { encoder, decoder }: Pick<ImageTools, "encoder" | "decoder">,
): Promise<void> {
  const stated = images.filter(({ stated, tokens }) => stated && tokens !== undefined);
  const decoded = await decoder.decode(stated.map(({ tokens }) => tokens as Uint16Array));
  const unlike = stated.filter(
    ({ pixels }, index) => difference((decoded[index] as Pixels).data, pixels.data) > SAME_IMAGE,
  );
  const encoded = await encoder.encode(unlike.map(({ pixels }) => pixels));
  for (const [index, { where, id, tokens = new Uint16Array() }] of unlike.entries()) {
    if (agreement(encoded[index] as Uint16Array, tokens) >= SAME_TOKENS) continue;
    throw new StoreError(
      `${where}: the tokens of image ${id} decode to another image than the one beside them: they are another ` +
        "tokenizer's, or the id is another image's in this workspace. Name that tokenizer, or leave tokens and ids out.",
    );
  }
}

function difference(one: Uint8Array, other: Uint8Array): number {
  if (one.length !== other.length) return 255;
  let sum = 0;
  for (let index = 0; index < one.length; index++)
    sum += Math.abs((one[index] as number) - (other[index] as number));
  return sum / one.length;
}

function agreement(one: Uint16Array, other: Uint16Array): number {
  return one.filter((token, index) => token === other[index]).length / Math.max(1, one.length);
}
