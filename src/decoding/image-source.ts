import type { GridImage, Pixels } from "../records/image.js";
import type { Decoder } from "../records/seams.js";

/**
 * Makes image handles from token grids. Handles asked for pixels in one turn of the event loop are decoded together;
 * a grid that cannot be decoded fails its own handle only.
 */
export function imageSource(decoder: Decoder): (tokens: Uint16Array) => GridImage {
  const waiting: Waiting[] = [];
  const decodeWaiting = () => void decodeAll(decoder, waiting.splice(0));
  const decode = (tokens: Uint16Array) =>
    new Promise<Pixels>((resolve, reject) => {
      if (waiting.push({ tokens, resolve, reject }) === 1) setImmediate(decodeWaiting);
    });
  return (tokens) => {
    let pixels: Promise<Pixels> | undefined;
    return {
      tokens,
      pixels: () => {
        pixels ??= decode(tokens);
        return pixels;
      },
    };
  };
}

interface Waiting {
  readonly tokens: Uint16Array;
  readonly resolve: (pixels: Pixels) => void;
  readonly reject: (reason: unknown) => void;
}

async function decodeAll(decoder: Decoder, waiting: readonly Waiting[]): Promise<void> {
  try {
    const images = await decoder.decode(waiting.map(({ tokens }) => tokens));
    for (const [index, { resolve }] of waiting.entries()) resolve(images[index] as Pixels);
  } catch (error) {
    const [only] = waiting;
    if (waiting.length === 1) only?.reject(error);
    else for (const one of waiting) await decodeAll(decoder, [one]);
  }
}
